// The plug is pulled while an interface with a passt of its own is on its way in: neither that passt nor a QEMU is left, and whoever plugged in hears why it did not come to be.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { VirError } from '../../src/common/errors.ts';
import { resolvePaths } from '../../src/engine/client.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';
import { PASST_PROBLEM, withPasst } from '../helpers/passt.ts';

const domain = 'web';
const PORTS = "<controller type='pci' model='pcie-root-port'/>".repeat(4);
const CARD =
  "<interface type='user'><mac address='52:54:00:00:00:31'/><model type='virtio'/><backend type='passt'/></interface>";

async function start(): Promise<void> {
  await client.call('domain.define', { xml: tinyDomain({ name: domain, devices: PORTS }) });
  await client.call('domain.start', { domain });
}

/** Destroys the domain once the card is so far; what the one who plugged it in was told. */
async function destroyAt(isSoFar: () => boolean | Promise<boolean>, what: string): Promise<string> {
  const told = client.call('domain.attachDevice', { domain, live: true, xml: CARD }).then(
    () => 'done',
    ({ code, message }: VirError) => `${code}: ${message}`,
  );
  await sandbox.until(isSoFar, what);
  await client.call('domain.destroy', { domain });
  return told;
}

async function expectNothingLeft(): Promise<void> {
  expect([sandbox.companions, sandbox.guests]).toEqual([[], []]);
  expect(await client.call('domain.lookup', { domain })).toMatchObject({ state: 'shutoff', reason: 'destroyed' });
  expect(client.events.some(({ kind }) => kind === 'device-added')).toBe(false);
  await client.call('domain.start', { domain });
  expect(await client.xml(domain)).not.toContain('passt');
  expect(sandbox.companions).toEqual([]);
}

describe.skipIf(PASST_PROBLEM)(
  withPasst('a domain that is destroyed while its QEMU hangs with a new interface'),
  () => {
    eachWithEngine();

    it('leaves no passt and no QEMU', async () => {
      await start();
      process.kill(sandbox.guests[0]?.pid ?? 0, 'SIGSTOP');
      const { statusDir } = resolvePaths(sandbox.env);
      const [status = ''] = await readdir(statusDir);
      const isRecorded = async () => (await readFile(join(statusDir, status), 'utf8')).includes('"kind":"passt"');
      expect(await destroyAt(isRecorded, 'the passt to be recorded')).toBe(
        "OPERATION_ABORTED: domain 'web' was forced off meanwhile",
      );
      await expectNothingLeft();
    });
  },
);

describe('a domain that is destroyed while the passt of a new interface does not listen yet', () => {
  // A shell of that name, at a pipe to which nobody writes.
  const dir = mkdtempSync(join(tmpdir(), 'vp-'));
  mkdirSync(join(dir, 'shell'));
  copyFileSync('/bin/sh', join(dir, 'shell/passt'));
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  writeFileSync(join(dir, 'passt'), `#!${join(dir, 'shell/passt')}\nread -r line < ${join(dir, 'pipe')}\n`);
  chmodSync(join(dir, 'passt'), 0o755);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  eachWithEngine({ PATH: `${dir}:${process.env.PATH}` });

  it('leaves no passt and no QEMU', async () => {
    await start();
    expect(await destroyAt(() => sandbox.companions.length > 0, 'the passt to be spawned')).toBe(
      "OPERATION_ABORTED: domain 'web' was forced off meanwhile",
    );
    await expectNothingLeft();
  });
});

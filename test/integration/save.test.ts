// A saved guest counts on: through the command line, over the engine's death, from a file and from the managed save; and a save that is cancelled, or meets a crash, leaves
// the guest as it was.
import { existsSync } from 'node:fs';
import { readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ContractClient } from '../../src/common/contract/client.ts';
import type { CommandRecord } from '../../src/common/model/command.ts';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { connectClient, connectConsole, resolvePaths } from '../../src/engine/client.ts';
import { buildDemoGuest, type DemoGuest } from '../../src/engine/demo/build-demo-guest.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';
import { connectTo, EngineProcess } from '../helpers/fault-walk.ts';

const GUESTS = resolve(process.env.VIVARIUM_GUESTS ?? '.cache/guests');
const unpackedRoots = ['linux-image-cloud-amd64', 'busybox-static'].map((name) => join(GUESTS, name));

eachInSandbox({ VIVARIUM_IDLE_SECONDS: '30' });
let guest: DemoGuest;
beforeEach(async () => {
  guest = await buildDemoGuest({ cacheDir: resolve('.cache/test-cache'), unpackedRoots });
});

const paths = () => resolvePaths(sandbox.env);
const managedSave = () => join(paths().saveDir, 'web.save');

const xml = (memoryMiB = 128): string => `<domain type='qemu'>
  <name>web</name>
  <memory unit='MiB'>${memoryMiB}</memory>
  <os><type arch='x86_64' machine='q35'>hvm</type><kernel>${guest.kernel}</kernel><initrd>${guest.initrd}</initrd><cmdline>${guest.cmdline}</cmdline></os>
  <features><acpi/></features>
  <devices><serial type='pty'/><graphics type='vnc'/><video><model type='vga'/></video></devices>
</domain>`;

async function client(): Promise<ContractClient> {
  const found = await connectClient(paths().socket);
  if (!found) throw new Error('no engine runs');
  return found;
}

/** The guest's serial console, read until it says something. */
async function openSerial() {
  const connection = await client();
  const { ticket } = await connection.call('console.open', { domain: 'web', console: 'serial' });
  const stream = await connectConsole(paths().socket, ticket);
  let text = '';
  let heard = Promise.withResolvers<void>();
  stream.on('data', (chunk) => {
    text += String(chunk);
    heard.resolve();
  });
  stream.resume();
  /** The match, once it has come; what was before it is dropped. */
  const seen = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match) {
        text = text.slice(match.index + match[0].length);
        return match;
      }
      heard = Promise.withResolvers();
      await heard.promise;
    }
  };
  return {
    seen,
    write: (line: string) => stream.write(`${line}\n`),
    close: () => {
      stream.destroy();
      connection.dispose();
    },
  };
}

/** The number that the guest counts to next. */
async function count(): Promise<number> {
  const serial = await openSerial();
  const [, number] = await serial.seen(/count-(\d+)-/);
  serial.close();
  return Number(number);
}

async function startCounting(memoryMiB?: number): Promise<void> {
  await writeFile(sandbox.path('web.xml'), xml(memoryMiB));
  for (const args of [
    ['define', sandbox.path('web.xml')],
    ['start', 'web'],
  ])
    expect((await sandbox.cli(...args)).stderr).toBe('');
  const serial = await openSerial();
  await serial.seen(/demo:~# /);
  serial.write('i=0; while true; do i=$((i+1)); echo count-$i-; sleep 0.2; done');
  await serial.seen(/count-5-/);
  serial.close();
}

const stateOf = async (): Promise<DomainSummary | undefined> =>
  (await sandbox.json<DomainSummary[]>('list', '--all')).find(({ name }) => name === 'web');

describe('a guest that counts', () => {
  it('is saved, its engine killed, restored by the command line, and counts on', async () => {
    await startCounting();
    const before = await count();
    expect((await sandbox.cli('managedsave', 'web')).stdout).toMatch(/Domain 'web' state saved by libvirt|saved/);
    expect(sandbox.guests).toEqual([]);
    sandbox.killEngine();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    expect(await stateOf()).toMatchObject({ state: 'shutoff', hasManagedSave: true });
    expect((await sandbox.cli('start', 'web')).stderr).toBe('');
    const after = await count();
    expect(after).toBeGreaterThan(before);
    expect(after).toBeLessThan(before + 100);
    expect(existsSync(managedSave())).toBe(false);
    expect(await stateOf()).toMatchObject({ state: 'running', reason: 'restored' });
  });

  it('is saved to a file and restored from it, also paused, also again', async () => {
    await startCounting();
    const file = sandbox.path('web.sav');
    expect((await sandbox.cli('save', 'web', file)).stderr).toBe('');
    expect(await stateOf()).toMatchObject({ state: 'shutoff', reason: 'saved' });
    expect((await sandbox.cli('restore', file, '--paused')).stderr).toBe('');
    expect(await stateOf()).toMatchObject({ state: 'paused' });
    expect((await sandbox.cli('resume', 'web')).stderr).toBe('');
    expect(await count()).toBeGreaterThan(5);
    expect((await sandbox.cli('restore', file)).code).toBe(4);
    expect((await sandbox.cli('destroy', 'web')).stderr).toBe('');
    expect((await sandbox.cli('restore', file)).stderr).toBe('');
    expect(await count()).toBeGreaterThan(5);
  });

  it('goes on where its save is cancelled, and where the engine dies in the middle of it', async () => {
    await startCounting(512);
    const connection = await client();
    const running = Promise.withResolvers<CommandRecord>();
    const commands = connection.subscribe('command', (record) => {
      if (record.procedure === 'domain.managedSave' && record.progress) running.resolve(record);
    });
    await commands.ready;
    const saving = connection.call('domain.managedSave', { domain: 'web' });
    saving.catch(() => undefined);
    const { id } = await running.promise;
    expect((await connection.call('domain.jobInfo', { domain: 'web' })).job).toMatchObject({ operation: 'save' });
    await connection.call('command.cancel', { id });
    await expect(saving).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    const before = await count();
    expect(await readdir(paths().saveDir)).toEqual([]);
    commands.dispose();

    const begun = Promise.withResolvers<void>();
    const again = connection.subscribe('command', (record) => {
      if (record.procedure === 'domain.managedSave' && record.progress && record.id > id) begun.resolve();
    });
    await again.ready;
    connection.call('domain.managedSave', { domain: 'web' }).catch(() => undefined);
    await begun.promise;
    sandbox.killEngine();
    connection.dispose();
    await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
    await sandbox.until(async () => (await stateOf())?.state === 'running', 'the guest to go on');
    expect(await count()).toBeGreaterThan(before);
    expect(await readdir(paths().saveDir)).toEqual([]);
  });
});

describe('a saved file', () => {
  it('that is damaged or cut off is refused with the way out; the domain can be booted instead', async () => {
    await using _engine = await EngineProcess.start(sandbox);
    const connection = await connectTo(sandbox);
    await connection.call('domain.define', { xml: xml() });
    await connection.call('domain.start', { domain: 'web', paused: true });
    await connection.call('domain.managedSave', { domain: 'web' });
    const { size } = await stat(managedSave());
    await truncate(managedSave(), Math.floor(size / 2));
    await expect(connection.call('domain.start', { domain: 'web' })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^the saved state of domain 'web' can't be restored: QEMU could not load its memory: [^;]+; mend that and start it again, or discard its saved state and boot it$/,
      ),
    });
    const { stderr } = await sandbox.cli('start', 'web');
    expect(stderr.split('\n').slice(0, 2)).toEqual([
      'warning: start --force-boot discards the saved state and boots the guest',
      "error: Failed to start domain 'web'",
    ]);
    expect(sandbox.guests).toEqual([]);
    await truncate(managedSave(), 50);
    await expect(connection.call('domain.start', { domain: 'web' })).rejects.toMatchObject({
      code: 'INVALID_ARG',
      message: expect.stringContaining('is no saved guest'),
    });
    await expect(connection.call('domain.undefine', { domain: 'web' })).rejects.toMatchObject({
      code: 'OPERATION_INVALID',
    });
    await connection.call('domain.start', { domain: 'web', forceBoot: true, paused: true });
    expect(existsSync(managedSave())).toBe(false);
    connection.dispose();
  });
});

// What an engine was in the middle of when it was killed, on real QEMU: its status file says so, and the next engine goes on from there. The files are as they were at
// that instant; the fault walk finds the instants by itself, but none of these needs a guest that takes long.
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import type { DomainStatus } from '../../src/engine/state/status-files.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';

eachInSandbox();
beforeEach(async () => {
  await sandbox.write('web.xml', tinyDomain({ name: 'web' }));
  expect((await sandbox.cli('create', sandbox.path('web.xml'))).stderr).toBe('');
});

const statusPath = async (): Promise<string> => {
  const dir = sandbox.path('r/vivarium/status');
  const [name] = (await readdir(dir)).filter((candidate) => candidate.endsWith('.json'));
  return join(dir, name ?? 'none');
};
const readStatus = async (): Promise<DomainStatus> =>
  JSON.parse(await readFile(await statusPath(), 'utf8')) as DomainStatus;

/** The engine dies with `change` on disk; the next one has begun when this returns. */
async function dieWith(change: Partial<DomainStatus>): Promise<void> {
  sandbox.killEngine();
  await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
  await writeFile(await statusPath(), JSON.stringify({ ...(await readStatus()), ...change }));
  await sandbox.cli('list');
}
const look = async (): Promise<DomainSummary | undefined> => (await sandbox.json<DomainSummary[]>('list', '--all'))[0];

it('a dump: its file goes, and the guest that was paused for it goes on', async () => {
  const temporary = sandbox.path('.web.core.saving');
  await sandbox.cli('suspend', 'web');
  await writeFile(temporary, 'a part of the memory');
  await dieWith({ dumping: { temporary, resume: true } });
  await sandbox.until(async () => (await look())?.state === 'running', 'the guest to go on');
  await sandbox.until(async () => (await readStatus()).dumping === undefined, 'the status');
  expect(existsSync(temporary)).toBe(false);
});

it('a dump whose QEMU has ended as well: its file goes', async () => {
  const temporary = sandbox.path('.web.core.saving');
  await writeFile(temporary, 'a part of the memory');
  process.kill(sandbox.guests[0]?.pid ?? 0, 'SIGSTOP'); // the engine does not see its end
  sandbox.killEngine();
  await sandbox.until(() => sandbox.engines.length === 0, 'the engine’s end');
  process.kill(sandbox.guests[0]?.pid ?? 0, 'SIGKILL');
  await sandbox.until(() => sandbox.guests.length === 0, 'the guest’s end');
  await dieWith({ dumping: { temporary, resume: true } });
  expect([existsSync(temporary), await look()]).toEqual([false, undefined]);
});

it('a save whose QEMU could not be ended: it is ended now, and never resumed', async () => {
  const path = sandbox.path('web.save');
  await sandbox.cli('suspend', 'web');
  const saving = { path, temporary: `${path}.saving`, phase: 'saved', wasRunning: true, isManaged: false } as const;
  await dieWith({ saving });
  await sandbox.until(() => sandbox.guests.length === 0, 'the guest’s end');
  expect(await look()).toBeUndefined();
});

it('filesystems that are frozen are so for the next engine', async () => {
  await dieWith({ isFrozen: true });
  await sandbox.cli('suspend', 'web');
  expect(await readStatus()).toMatchObject({ state: 'paused', isFrozen: true });
});

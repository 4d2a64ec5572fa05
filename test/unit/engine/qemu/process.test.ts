// A QEMU that does not come to be leaves nothing of its monitor behind: an engine that is asked again and again would run out of descriptors.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { spawnQemu } from '../../../../src/engine/qemu/process.ts';
import { openFiles } from '../../../helpers/sandbox.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const startId = '5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a02';

/** Descriptors that a failed spawn leaves, and what it rejects with. */
async function failToSpawn(monitorPath: string, logPath: string, emulator: string) {
  const before = openFiles(process.pid);
  const reason = await spawnQemu({ argv: [emulator], startId, monitorPath, logPath }).then(
    () => 'it runs',
    (error: Error) => error.message,
  );
  await new Promise((resolve) => setImmediate(resolve)); // a server that is closed lets go in the next turn
  return { reason, left: openFiles(process.pid).filter((file) => !before.includes(file)) };
}

it('leaves none where its monitor’s socket can’t have its name', async () => {
  const dir = tempDir();
  mkdirSync(join(dir, 'monitor.sock'));
  const { reason, left } = await failToSpawn(join(dir, 'monitor.sock'), join(dir, 'web.log'), '/bin/true');
  expect(reason).toMatch(/EISDIR/);
  expect(left).toEqual([]);
});

it('leaves none where the emulator can’t be run', async () => {
  const dir = tempDir();
  const { reason, left } = await failToSpawn(join(dir, 'monitor.sock'), join(dir, 'web.log'), '/nowhere/qemu');
  expect(reason).toMatch(/the emulator \/nowhere\/qemu can't be run/);
  expect([left, readdirSync(dir).sort()]).toEqual([[], ['monitor.sock', 'web.log']]);
});

// A save whose last step fails is none: the guest runs on, and a file of that name would be restored onto disks that have changed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createSave } from '../../../../src/engine/state/save-writer.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

vi.mock('../../../../src/engine/state/durable-file.ts', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  syncDirectory: async () => Promise.reject(new Error('EMFILE: too many open files')),
}));

it('has no name where the folder could not be synced', async () => {
  const dir = tempDir();
  const [path, temporary] = [join(dir, 'web.save'), join(dir, '.web.save.saving')];
  const socketPath = join(dir, 'save.sock');
  const writer = await createSave({ path, temporary, socketPath, xml: '<domain/>', wasRunning: true, isSparse: true });
  await expect(writer.commit()).rejects.toThrow("can't be written");
  await writer.discard();
  expect([existsSync(path), existsSync(temporary)]).toEqual([false, false]);
});

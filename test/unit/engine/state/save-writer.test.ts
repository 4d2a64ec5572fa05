// A save whose last step fails is none: the guest runs on, and a file of that name would be restored onto disks that have changed.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createSave } from '../../../../src/engine/state/save-writer.ts';
import { failToAccept, serverOf } from '../../../helpers/listening-server.ts';
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

describe('a save whose connection can’t be accepted', () => {
  const open = async () => {
    const dir = tempDir();
    const [path, temporary] = [join(dir, 'web.save'), join(dir, '.web.save.saving')];
    const socketPath = join(dir, 'save.sock');
    const { served: writer, server } = await serverOf(() =>
      createSave({ path, temporary, socketPath, xml: '<d/>', wasRunning: true, isSparse: false }),
    );
    return { writer, server, socketPath, temporary };
  };

  it('fails with the reason, however often that is told', async () => {
    const { writer, server, temporary } = await open();
    failToAccept(server);
    await expect(writer.finished).rejects.toThrow('accept EMFILE');
    await writer.discard();
    expect(existsSync(temporary)).toBe(false);
  });

  it('leaves no connection open when it is discarded', async () => {
    const { writer, socketPath } = await open();
    const client = connect(socketPath);
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.on('error', () => undefined); // it is reset, or ends, as the kernel likes
    client.write('a part of the stream');
    await once(client, 'connect');
    await writer.discard();
    await closed;
    await expect(writer.finished).rejects.toThrow("can't be written");
  });
});

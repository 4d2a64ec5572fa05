// Writing so that a crash or a power cut leaves the old file or the new one, never half of one: temporary file, fsync, rename (write-file-atomic),
// then fsync of the folder, which the library leaves out and without which the rename itself can be lost.
import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { virError } from '../../common/errors.ts';

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const reason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'there is no space left on its file system; free some and try again';
  if (code === 'EROFS') return 'its file system is read-only';
  if (code === 'EACCES' || code === 'EPERM') return 'you may not write there';
  return error instanceof Error ? error.message : String(error);
};

/** Replaces `path` by `content`; it is on disk when this returns. Throws SYSTEM_ERROR that names the file; the old file then still stands. */
export async function writeDurable(path: string, content: string): Promise<void> {
  try {
    await writeFileAtomic(path, content, { mode: 0o600 });
    await syncDirectory(dirname(path));
  } catch (error) {
    throw virError('SYSTEM_ERROR', `${path} can't be written: ${reason(error)}`, { cause: error });
  }
}

/** Removes `path`, which need not exist; it is gone from disk when this returns. */
export async function removeDurable(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    await syncDirectory(dirname(path));
  } catch (error) {
    throw virError('SYSTEM_ERROR', `${path} can't be removed: ${reason(error)}`, { cause: error });
  }
}

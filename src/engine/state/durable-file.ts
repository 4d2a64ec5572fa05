// Writing so that a crash or a power cut leaves the old file or the new one, never half of one: temporary file, fsync, rename, then fsync of the
// folder, without which the rename itself can be lost. The library write-file-atomic leaves that last step out, and does not bundle as a module.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { virError } from '../../common/errors.ts';
import { crashpoint } from '../util/failpoint.ts';

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A nearly full disk takes a part and says nothing: only the next write fails. */
export async function writeAll(file: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}

async function writeSynced(path: string, content: string): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Why a file can't be written, and the way out where there is one. */
export const writeProblem = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'there is no space left on its file system; free some and try again';
  if (code === 'EROFS') return 'its file system is read-only';
  if (code === 'EACCES' || code === 'EPERM') return 'you may not write there';
  return error instanceof Error ? error.message : String(error);
};

/** Replaces `path` by `content`; it is on disk when this returns. Throws SYSTEM_ERROR that names the file; the old file then still stands. */
export async function writeDurable(path: string, content: string): Promise<void> {
  // A leading dot keeps what a crash leaves behind out of every listing of ours.
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeSynced(temporary, content);
    crashpoint(`${basename(path)} written, not yet named`);
    await rename(temporary, path);
    crashpoint(`${basename(path)} named, not yet synced`);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // what failed is told; a leftover has no meaning
    throw virError('SYSTEM_ERROR', `${path} can't be written: ${writeProblem(error)}`, { cause: error });
  }
}

/** Removes `path`, which need not exist; it is gone from disk when this returns. */
export async function removeDurable(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
    crashpoint(`${basename(path)} removed, not yet synced`);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw virError('SYSTEM_ERROR', `${path} can't be removed: ${writeProblem(error)}`, { cause: error });
  }
}

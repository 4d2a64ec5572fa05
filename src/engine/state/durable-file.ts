// Writing so that a crash or a power cut leaves the old file or the new one, never half of one: temporary file, fsync, rename, then fsync of the
// folder, without which the rename itself can be lost. The library write-file-atomic leaves that last step out, and does not bundle as a module.
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsync,
  linkSync,
  openSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { virError } from '../../common/errors.ts';
import { crashpoint } from '../util/failpoint.ts';

const sync = promisify(fsync);

/** What is only a moment's work in the kernel is done at once; what waits for the disk does not hold up the engine. */
async function withSynced<T>(path: string, flags: string, work: (fd: number) => T): Promise<T> {
  const fd = openSync(path, flags, 0o600);
  try {
    const result = work(fd);
    await sync(fd);
    return result;
  } finally {
    closeSync(fd);
  }
}

export const syncDirectory = (path: string): Promise<void> => withSynced(path, 'r', () => undefined);

/** Temporary names of no other engine, also of one that died in the middle of a write. Short: it is a part of a name that may be long already. */
const RUN = randomUUID().slice(-12);
let written = 0;

/** A leading dot keeps what a crash leaves behind out of every listing of ours. */
function temporaryFor(path: string): string {
  written += 1;
  return join(dirname(path), `.${basename(path)}.${RUN}-${written}.tmp`);
}

/** The name of the file for which `name` was made, or undefined where it is no temporary name of ours. */
export const targetOf = (name: string): string | undefined => /^\.(.+)\.[\da-f]{12}-\d+\.tmp$/.exec(name)?.[1];

/** A nearly full disk takes a part and says nothing: only the next write fails. */
export async function writeAll(file: FileHandle, data: Buffer, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}

/** As `writeAll`, at once. */
function writeWhole(fd: number, content: string): void {
  const data = Buffer.from(content, 'utf8');
  for (let done = 0; done < data.length; ) done += writeSync(fd, data, done, data.length - done, done);
}

/** Whether `error` says that there is no such file or folder. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** The same, and where a part of its path is no folder: nothing can be there. */
export const isNowhere = (error: unknown): boolean =>
  isMissing(error) || (error instanceof Error && 'code' in error && error.code === 'ENOTDIR');

/** Why a file can't be written, and the way out where there is one. */
export const writeProblem = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOSPC') return 'there is no space left on its file system; free some and try again';
  if (code === 'EROFS') return 'its file system is read-only';
  if (code === 'EACCES' || code === 'EPERM') return 'you may not write there';
  return error instanceof Error ? error.message : String(error);
};

/**
 * Replaces `path` by `content`; it is on disk when this returns. Returns what the file system says of it. Throws SYSTEM_ERROR that names the file; the old
 * file then still stands, but for a disk that fails behind the renaming: then nobody knows which of the two is there tomorrow.
 */
export async function writeDurable(path: string, content: string): Promise<Stats> {
  const temporary = temporaryFor(path);
  try {
    const stats = await withSynced(temporary, 'wx', (fd) => {
      writeWhole(fd, content);
      return fstatSync(fd);
    });
    crashpoint(`${basename(path)} written, not yet named`);
    renameSync(temporary, path);
    crashpoint(`${basename(path)} named, not yet synced`);
    await syncDirectory(dirname(path));
    return stats;
  } catch (error) {
    drop(temporary);
    throw virError('SYSTEM_ERROR', `${path} can't be written: ${writeProblem(error)}`, { cause: error });
  }
}

/**
 * As `writeDurable` where nothing is at `path`, with one wait for the disk instead of two: the file has its name at once, and a temporary name beside it until both
 * are on the disk. A power cut in between may leave it empty under both: `finishCreations` takes that away. Where something is at `path`, it is replaced.
 */
export async function createDurable(path: string, content: string): Promise<Stats> {
  const temporary = temporaryFor(path);
  let isNamed = false;
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      writeWhole(fd, content);
      crashpoint(`${basename(path)} written, not yet named`);
      linkSync(temporary, path);
      isNamed = true;
      crashpoint(`${basename(path)} named, not yet synced`);
      // Both are waited for also where one fails: the descriptor is in use until then.
      for (const result of await Promise.allSettled([sync(fd), syncDirectory(dirname(path))]))
        if (result.status === 'rejected') throw result.reason;
      crashpoint(`${basename(path)} synced, with two names`);
      return fstatSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    // Something is there after all, or the file system has no links; what is wrong otherwise the usual way finds too.
    if (!isNamed) return await writeDurable(path, content);
    drop(path);
    throw virError('SYSTEM_ERROR', `${path} can't be written: ${writeProblem(error)}`, { cause: error });
  } finally {
    drop(temporary);
  }
}

/**
 * Replaces `path` by `content` in one step, without waiting for the disk: for what has no meaning after a power cut, because the processes that it speaks of are gone too.
 * Throws SYSTEM_ERROR.
 */
export function writeAtomic(path: string, content: string): void {
  const temporary = temporaryFor(path);
  try {
    const fd = openSync(temporary, 'wx', 0o600);
    try {
      writeWhole(fd, content);
    } finally {
      closeSync(fd);
    }
    crashpoint(`${basename(path)} written, not yet named`);
    renameSync(temporary, path);
  } catch (error) {
    drop(temporary);
    throw virError('SYSTEM_ERROR', `${path} can't be written: ${writeProblem(error)}`, { cause: error });
  }
}

/** Not `rmSync`: what that throws for a read-only file system has no code that tells so. */
function removeNow(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function drop(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // what failed before is told; a temporary name has no meaning
  }
}

/** Removes `path`, which need not exist; it is gone from disk when this returns. */
export async function removeDurable(path: string): Promise<void> {
  try {
    removeNow(path);
    crashpoint(`${basename(path)} removed, not yet synced`);
    await syncDirectory(dirname(path));
  } catch (error) {
    throw virError('SYSTEM_ERROR', `${path} can't be removed: ${writeProblem(error)}`, { cause: error });
  }
}

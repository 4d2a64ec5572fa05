// Reads small pieces of a disk image or of its like. Images are hostile: only regular files and block devices are opened, a FIFO must not block,
// and no more is read than was asked for.
import { constants } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { type VirError, virError } from '../../common/errors.ts';

const SECTOR_BYTES = 512;
const MOST_BYTES = 64 * 1024;

export interface BoundedReader extends AsyncDisposable {
  readonly sizeBytes: number;
  /** `length` bytes from `offset`; fewer, down to none, where the file ends before. */
  read(offset: number, length: number): Promise<Buffer>;
}

function explainOpen(path: string, error: unknown): VirError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return virError('NO_STORAGE_VOL', `there is no file '${path}'`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return virError('OPERATION_DENIED', `you may not read '${path}'; check its permissions and those of its folders`, {
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return virError('SYSTEM_ERROR', `'${path}' can't be read: ${message}`, { cause: error });
}

/** The kernel tells a block device's size in sectors of 512 bytes, whatever its own are. */
async function blockDeviceBytes(rdev: number): Promise<number> {
  const major = (rdev >> 8) & 0xfff;
  const minor = (rdev & 0xff) | ((rdev >> 12) & 0xfff00);
  const text = await readFile(`/sys/dev/block/${major}:${minor}/size`, 'utf8');
  return Number(text.trim()) * SECTOR_BYTES;
}

async function sizeOf(file: FileHandle, path: string): Promise<number> {
  const info = await file.stat();
  if (info.isFile()) return info.size;
  if (info.isDirectory()) throw virError('INVALID_ARG', `'${path}' is a folder; choose an image file in it`);
  if (!info.isBlockDevice()) throw virError('INVALID_ARG', `'${path}' is not a file or a block device`);
  try {
    return await blockDeviceBytes(info.rdev);
  } catch (error) {
    throw virError('SYSTEM_ERROR', `the size of block device '${path}' can't be read`, { cause: error });
  }
}

/**
 * Opens `path` for reading pieces of it. Throws INVALID_ARG (not an absolute path, a folder, something else than a file), NO_STORAGE_VOL (missing),
 * OPERATION_DENIED (no permission), SYSTEM_ERROR.
 */
export async function openBounded(path: string): Promise<BoundedReader> {
  if (!isAbsolute(path) || path.includes('\0')) throw virError('INVALID_ARG', `'${path}' is not an absolute path`);
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw explainOpen(path, error);
  }
  try {
    return createReader(file, path, await sizeOf(file, path));
  } catch (error) {
    await file.close();
    throw error;
  }
}

function createReader(file: FileHandle, path: string, sizeBytes: number): BoundedReader {
  return {
    sizeBytes,
    async read(offset, length) {
      if (!Number.isSafeInteger(offset) || offset < 0 || offset >= sizeBytes) return Buffer.alloc(0);
      const buffer = Buffer.alloc(Math.min(length, MOST_BYTES));
      try {
        const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
        return buffer.subarray(0, bytesRead);
      } catch (error) {
        throw explainOpen(path, error);
      }
    },
    [Symbol.asyncDispose]: () => file.close(),
  };
}

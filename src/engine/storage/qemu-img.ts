// The one wrapper of qemu-img: create and convert images, with progress and a clean end when cancelled. Formats are always named, never probed
// (libvirt notice 2014/0006: a raw disk that a guest made look like qcow2 would be read as one).
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { execa } from 'execa';
import { virError } from '../../common/errors.ts';

interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

async function qemuImg(args: readonly string[], what: string, { signal, onLine }: RunOptions = {}): Promise<void> {
  const process = execa('qemu-img', args, {
    reject: false,
    stdin: 'ignore',
    ...(signal ? { cancelSignal: signal } : {}),
    forceKillAfterDelay: 2_000,
    maxBuffer: 1024 * 1024,
  });
  if (onLine) {
    process.stdout.setEncoding('utf8');
    process.stdout.on('data', (text: string) => {
      for (const line of text.split(/[\r\n]/)) if (line.trim() !== '') onLine(line);
    });
  }
  const result = await process;
  if (result.isCanceled || signal?.aborted) throw virError('OPERATION_ABORTED', `${what} was cancelled`);
  if (result.code === 'ENOENT')
    throw virError(
      'NO_SUPPORT',
      'qemu-img is not installed; install it (Debian: apt install qemu-utils) and try again',
    );
  if (result.failed) {
    const words = result.stderr.trim();
    const reason = /No space left/i.test(words)
      ? 'there is no space left on the disk; free some and try again'
      : (words.split('\n').at(-1) ?? 'qemu-img failed');
    throw virError('OPERATION_FAILED', `${what} failed: ${reason}`, { detail: words });
  }
}

const existing = (path: string) =>
  virError('STORAGE_VOL_EXIST', `the disk image ${path} exists already; remove it, or choose another name`);

async function refuseExisting(path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (exists) throw existing(path);
}

/**
 * Makes a file with `content` where there is none, so that from here on it is ours: of two that want the same name, one gets it. Synchronous. Throws
 * STORAGE_VOL_EXIST, OPERATION_FAILED.
 */
export function claimFile(path: string, content = ''): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'wx', 0o644);
    writeSync(fd, content);
  } catch (error) {
    if (fd !== undefined) rmSync(path, { force: true });
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw existing(path);
    const reason = error instanceof Error ? error.message : String(error);
    throw virError('OPERATION_FAILED', `making the disk ${path} failed: ${reason}`, { cause: error });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

export interface ImageSpec {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
  readonly capacityBytes: number;
  /** What lies below it. */
  readonly backing?: { readonly path: string; readonly format: string };
}

/** Makes an empty image. It never replaces a file (STORAGE_VOL_EXIST), and none of its own is left where it fails. */
export async function createImage(spec: ImageSpec, signal?: AbortSignal): Promise<void> {
  claimFile(spec.path);
  try {
    await fillImage(spec, signal);
  } catch (error) {
    await rm(spec.path, { force: true });
    throw error;
  }
}

/** Makes the file at `path`, which the caller has claimed, an empty image. */
export async function fillImage(
  { path, format, capacityBytes, backing }: ImageSpec,
  signal?: AbortSignal,
): Promise<void> {
  // -u: the image below is not looked at, a running guest may have it open.
  const below = backing ? ['-u', '-b', backing.path, '-F', backing.format] : [];
  await qemuImg(['create', '-q', '-f', format, ...below, path, String(capacityBytes)], `making the disk ${path}`, {
    signal,
  });
}

export interface ConvertSpec {
  readonly from: string;
  readonly fromFormat: string;
  readonly path: string;
  readonly onProgress?: (fraction: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Copies an image into a new qcow2 file, with progress. No file is left where it fails or is cancelled. */
export async function convertImage({ from, fromFormat, path, onProgress, signal }: ConvertSpec): Promise<void> {
  await refuseExisting(path);
  // Under another name until it is whole: half a copy must neither be used nor be in the way of the next attempt.
  const part = `${path}.part`;
  try {
    await rm(part, { force: true });
    await qemuImg(['convert', '-p', '-f', fromFormat, '-O', 'qcow2', from, part], `copying ${from}`, {
      signal,
      onLine: (line) => {
        const percent = /\(([\d.]+)\/100%\)/.exec(line)?.[1];
        if (percent !== undefined) onProgress?.(Number(percent) / 100);
      },
    });
    claimFile(path); // while it was copied, another may have made one of that name
    await rename(part, path).catch(async (error: unknown) => {
      await rm(path, { force: true });
      throw error;
    });
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

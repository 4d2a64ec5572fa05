// How large a guest sees an image. The format is always named, never probed; what qemu-img says of a file that a guest wrote is checked.
import { stat } from 'node:fs/promises';
import { execa } from 'execa';
import { z } from 'zod';

const TIMEOUT_MS = 10_000;
const infoSchema = z.looseObject({ 'virtual-size': z.number().int().nonnegative() });

/** Bytes; undefined where the image is missing, or is not what `format` says. Reads also an image that is in use. */
export async function imageCapacity(path: string, format: string, signal?: AbortSignal): Promise<number | undefined> {
  if (format === 'raw') {
    const found = await stat(path).catch(() => undefined); // missing
    if (found?.isFile()) return found.size;
  }
  const { failed, stdout } = await execa('qemu-img', ['info', '--output=json', '-U', '-f', format, '--', path], {
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
    maxBuffer: 4 * 1024 * 1024,
    ...(signal ? { cancelSignal: signal } : {}),
  });
  if (failed) return undefined;
  try {
    return infoSchema.parse(JSON.parse(stdout))['virtual-size'];
  } catch {
    return undefined; // not what we know of qemu-img
  }
}

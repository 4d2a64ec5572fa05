// Sizes and times as virsh writes and reads them. Pure.
import { parseSize } from '../common/base/units.ts';
import { virError } from '../common/errors.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** Bytes with three digits and a unit: 765.306 KiB (tools/vsh-util.c, vshPrettyCapacity). */
export function prettyBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < UNITS.length - 1) {
    value /= 1024;
    step += 1;
  }
  return `${value.toFixed(3)} ${UNITS[step]}`;
}

/** A size in KiB, or with a unit, in KiB, rounded up. Throws INVALID_ARG in virsh's words. */
export function parseKiB(text: string, name = 'size'): number {
  try {
    return Math.ceil(parseSize(text, 'KiB') / 1024);
  } catch {
    throw virError('INVALID_ARG', `Scaled numeric value '${text}' for <${name}> option is malformed or out of range`);
  }
}

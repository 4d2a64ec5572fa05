// Sizes with units, as libvirt reads them (src/util/virutil.c, virScaleInteger): KiB/MiB/… are powers of 1024, KB/MB/… of 1000,
// a bare letter k/M/G/… counts in 1024. Everything leaves here as a safe integer, or as an error that names the text.
import { virError } from '../errors.ts';

const PREFIXES = ['', 'k', 'm', 'g', 't', 'p', 'e'];

/** Bytes in one `unit` ('b', 'bytes', 'KiB', 'MB', 'G', …), or undefined for a word that is not a unit. */
export function unitBytes(unit: string): number | undefined {
  const lower = unit.toLowerCase();
  if (lower === '' || lower === 'b' || lower === 'byte' || lower === 'bytes') return 1;
  const power = PREFIXES.indexOf(lower[0] ?? '');
  if (power < 1) return undefined;
  const rest = lower.slice(1);
  if (rest === '' || rest === 'ib') return 1024 ** power;
  if (rest === 'b') return 1000 ** power;
  return undefined;
}

/** `value` `unit` in bytes. Throws INVALID_ARG for a fraction, a sign, an unknown unit, or more than a safe integer. */
export function parseScaled(value: string, unit: string): number {
  const scale = unitBytes(unit);
  if (scale === undefined) throw virError('INVALID_ARG', `unknown suffix '${unit}'`);
  if (!/^\d+$/.test(value)) throw virError('INVALID_ARG', `'${value}' is not a whole number`);
  const bytes = Number(value) * scale;
  if (!Number.isSafeInteger(bytes)) throw virError('INVALID_ARG', `value too large: ${value}${unit}`);
  return bytes;
}

/** '20G', '512 MiB', '4096' (in `defaultUnit`) → bytes. Throws INVALID_ARG. */
export function parseSize(text: string, defaultUnit = 'bytes'): number {
  const match = /^\s*(\d+)\s*([A-Za-z]*)\s*$/.exec(text);
  if (!match?.[1])
    throw virError('INVALID_ARG', `'${text}' is not a size; write a number and a unit, such as 20G or 512M`);
  return parseScaled(match[1], match[2] || defaultUnit);
}

const NAMES = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes for people, three digits at most: 1536 → '1.5 KiB', 1073741824 → '1 GiB'; between 1000 and 1023 of a unit four. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let step = 0;
  while (value >= 1024 && step < NAMES.length - 1) {
    value /= 1024;
    step += 1;
  }
  const digits = step === 0 || value >= 100 ? 0 : value < 10 ? 2 : 1;
  return `${Number(value.toFixed(digits))} ${NAMES[step]}`;
}

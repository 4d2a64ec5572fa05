// Scalars: the text of an attribute or of a leaf element as a value. A scalar says how to read, how to write, and (in `sample`) what its
// values look like, from which test/helpers/arbitrary.ts makes its generator.

import { parseScaled, unitBytes } from '../../common/base/units.ts';
import { virError } from '../../common/errors.ts';
import { formatBitmap, parseBitmap } from './bitmap.ts';

export type Sample =
  | { readonly type: 'text'; readonly pattern?: string }
  | { readonly type: 'integer'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly values: readonly unknown[] };

export interface Scalar<T> {
  /** The value, or undefined where the text is none of its. */
  readonly parse: (text: string) => T | undefined;
  readonly format: (value: T) => string;
  /** What is expected, for the message. */
  readonly expects: string;
  readonly sample: Sample;
}

export const str: Scalar<string> = {
  parse: (text) => text,
  format: (value) => value,
  expects: 'a text',
  sample: { type: 'text' },
};

/** Text that may not be empty, such as a path. */
export const nonEmpty: Scalar<string> = { ...str, parse: (text) => text || undefined, expects: 'a text' };

const parseInteger = (text: string): number | undefined => {
  const trimmed = text.trim();
  if (!/^[+-]?(?:\d+|0[xX][\da-fA-F]+)$/.test(trimmed)) return undefined;
  const negative = trimmed.startsWith('-');
  const digits = trimmed.replace(/^[+-]/, '');
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) return undefined;
  return negative ? -value : value;
};

const bounded = (min: number, max: number, expects: string): Scalar<number> => ({
  parse: (text) => {
    const value = parseInteger(text);
    return value === undefined || value < min || value > max ? undefined : value;
  },
  format: String,
  expects,
  sample: { type: 'integer', min, max },
});

export const uint = bounded(0, Number.MAX_SAFE_INTEGER, 'a whole number');
export const positive = bounded(1, Number.MAX_SAFE_INTEGER, 'a whole number above 0');
export const int = bounded(-2147483648, 2147483647, 'a whole number');
export const uint8 = bounded(0, 255, 'a number from 0 to 255');
export const uint16 = bounded(0, 65535, 'a number from 0 to 65535');
export const uint32 = bounded(0, 4294967295, 'a whole number below 2^32');

/** Numbers that libvirt writes in hexadecimal, `digits` wide. */
export const hex = (digits: number, max = 16 ** Math.max(digits, 1) - 1): Scalar<number> => ({
  ...bounded(0, max, `a number up to 0x${max.toString(16)}`),
  format: (value) => `0x${value.toString(16).padStart(digits, '0')}`,
});

/** The same in capitals, as <usbdev> has them; -1 stands for any. */
export const upperHex = (digits: number): Scalar<number> => ({
  ...bounded(-1, 16 ** digits - 1, `a number up to 0x${(16 ** digits - 1).toString(16)}`),
  format: (value) => (value < 0 ? '-1' : `0x${value.toString(16).toUpperCase().padStart(digits, '0')}`),
});

/** A number beyond 2^53 kept as its text, such as a guest-physical address or a WWN-like id; written `0x…` in lower case. */
export const hexText: Scalar<string> = {
  parse: (text) => (/^(?:0x)?[\da-f]+$/i.test(text) ? text.toLowerCase() : undefined),
  format: (value) => value,
  expects: 'a hexadecimal number',
  sample: { type: 'text', pattern: '0x[0-9a-f]{4}' },
};

export function choice<const V extends string>(values: readonly V[]): Scalar<V> {
  const known = new Set<string>(values);
  return {
    parse: (text) => (known.has(text) ? (text as V) : undefined),
    format: (value) => value,
    expects: `one of ${values.map((value) => `'${value}'`).join(', ')}`,
    sample: { type: 'choice', values },
  };
}

const boolean = (yes: string, no: string): Scalar<boolean> => ({
  parse: (text) => (text === yes ? true : text === no ? false : undefined),
  format: (value) => (value ? yes : no),
  expects: `'${yes}' or '${no}'`,
  sample: { type: 'choice', values: [true, false] },
});

export const yesNo = boolean('yes', 'no');
export const onOff = boolean('on', 'off');

const UUID = /^([\da-f]{8})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{4})-?([\da-f]{12})$/;

export const uuid: Scalar<string> = {
  parse: (text) => {
    const match = UUID.exec(text.trim().toLowerCase());
    return match ? match.slice(1).join('-') : undefined;
  },
  format: (value) => value,
  expects: 'a UUID',
  sample: { type: 'text', pattern: '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}' },
};

export const macAddress: Scalar<string> = {
  parse: (text) => (/^[\da-f]{1,2}(?::[\da-f]{1,2}){5}$/i.test(text) ? normalizeMac(text) : undefined),
  format: (value) => value,
  expects: 'a MAC address such as 52:54:00:12:34:56',
  sample: { type: 'text', pattern: '52:54:00(:[0-9a-f]{2}){3}' },
};

const normalizeMac = (text: string): string =>
  text
    .toLowerCase()
    .split(':')
    .map((byte) => byte.padStart(2, '0'))
    .join(':');

/** Processor and node sets ('0-3,^2'), kept in their shortest form ('0-1,3'). */
export const bitmap: Scalar<string> = {
  parse: (text) => {
    const bits = parseBitmap(text);
    return bits && formatBitmap(bits);
  },
  format: (value) => value,
  expects: 'a set such as 0-3,^2',
  sample: { type: 'text', pattern: '([0-3]|[5-7]-9)' },
};

/** `value` in `unit`, rounded up to whole `target` units. Throws INVALID_ARG. */
export function scaleTo(value: string, unit: string, target: string): number {
  const to = unitBytes(target) ?? 1;
  const from = unitBytes(unit) ?? 0;
  // KiB read as KiB need not pass through bytes, in which libvirt's 'unlimited' (2^53 - 1 KiB) is no safe integer.
  if (from >= to && from % to === 0) {
    const whole = parseScaled(value.trim(), 'bytes') * (from / to);
    if (!Number.isSafeInteger(whole)) throw virError('INVALID_ARG', `value too large: ${value}${unit}`);
    return whole;
  }
  return Math.ceil(parseScaled(value.trim(), unit) / to);
}

const PRETTY_UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** The largest unit that needs no fraction (virFormatIntPretty). */
export function prettyUnit(bytes: number): readonly [number, string] {
  let value = bytes;
  let step = 0;
  while (value !== 0 && value % 1024 === 0 && step < PRETTY_UNITS.length - 1) {
    value /= 1024;
    step += 1;
  }
  return [value, PRETTY_UNITS[step] ?? 'bytes'];
}

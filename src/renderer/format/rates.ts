// Rates of disks and networks for people and for the scale of a graph. Pure.
import { formatBytes } from '../../common/base/units.ts';

export type Rates = readonly (number | undefined)[];

export const formatRate = (bytesPerSecond: number): string =>
  bytesPerSecond < 1 ? '0' : `${formatBytes(Math.round(bytesPerSecond))}/s`;

const SMALLEST = 16 * 1024;

/** The upper end of a scale that holds all of `lines`: a power of two, so that it and its half are short to read, and steady while the figures move a little. */
export function rateScale(lines: readonly Rates[]): number {
  const most = lines.flat().reduce<number>((max, value) => Math.max(max, value ?? 0), SMALLEST);
  return 2 ** Math.ceil(Math.log2(most));
}

export const isMeasured = (lines: readonly Rates[]): boolean =>
  lines.some((line) => line.some((value) => value !== undefined));

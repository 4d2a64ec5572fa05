// Figures for people: sizes, shares, times. Units are in the names.
import { formatBytes } from '../../common/base/units.ts';

export const formatKiB = (kibibytes: number): string => formatBytes(kibibytes * 1024);
export const formatPercent = (percent: number): string => `${Math.round(percent)} %`;

// to make one takes longer than all else that a live figure does
const grouped = new Intl.NumberFormat('en-GB');

export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${grouped.format(count).replaceAll(',', ' ')} ${count === 1 ? one : many}`;

/** 42 s, 5 min, 3 h 20 min, 2 days 4 h. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.floor(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  const days = Math.floor(hours / 24);
  return hours % 24 === 0 ? plural(days, 'day') : `${plural(days, 'day')} ${hours % 24} h`;
}

/** 'just now', '5 min ago', else date and time in the person's own form. */
export function formatWhen(atMs: number, nowMs: number): string {
  const age = nowMs - atMs;
  if (age < 10_000) return 'just now';
  if (age < 3_600_000) return `${formatDuration(age)} ago`;
  return new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

export const formatDate = (atMs: number): string =>
  new Date(atMs).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });

// What the next start changes, in words. Pure.
import type { PendingChange } from '../../common/model/pending.ts';
import { formatKiB } from './quantity.ts';

const FIELD_NAMES: Readonly<Record<string, string>> = {
  memory: 'Maximum memory',
  currentMemory: 'Memory',
  vcpu: 'Virtual CPUs',
  cpu: 'CPU model',
  os: 'Start-up',
  features: 'Features',
  clock: 'Clock',
  title: 'Title',
  description: 'Description',
  metadata: 'Metadata',
  on_poweroff: 'What a power-off does',
  on_reboot: 'What a reboot does',
  on_crash: 'What a crash does',
};

const DEVICE_NAMES: Readonly<Record<string, string>> = {
  disk: 'Disk',
  interface: 'Network card',
  hostdev: 'Host device',
  graphics: 'Screen',
  video: 'Video card',
  serial: 'Serial port',
  channel: 'Channel',
  controller: 'Controller',
  input: 'Input',
  sound: 'Sound card',
  rng: 'Random numbers',
  watchdog: 'Watchdog',
  memballoon: 'Memory balloon',
  filesystem: 'Shared folder',
};

export const changeName = ({ field, device, label }: PendingChange): string =>
  device ? `${DEVICE_NAMES[device] ?? device}${label ? ` ${label}` : ''}` : (FIELD_NAMES[field] ?? field);

/** A value that fits into a sentence: bare, or the text of an element that has nothing inside but text. undefined: it takes XML to say. */
export function shortValue(value: string | undefined): string | undefined {
  if (value === undefined || !value.includes('<')) return value;
  const match = /^<(\w+)([^>]*)>([^<]*)<\/\1>$/.exec(value.trim());
  if (!match) return undefined;
  const [, , attributes = '', text = ''] = match;
  const current = /\bcurrent='(\d+)'/.exec(attributes)?.[1];
  if (current !== undefined) return `${current} of ${text}`;
  return attributes.includes("unit='KiB'") ? formatKiB(Number(text)) : text;
}

/** 'from 2 GiB to 4 GiB', 'added', 'taken out', 'changed'. */
export function changeText({ kind, live, stored }: PendingChange): string {
  if (kind === 'added') return 'added';
  if (kind === 'removed') return 'taken out';
  const [now, then] = [shortValue(live), shortValue(stored)];
  return now !== undefined && then !== undefined && now !== then ? `from ${now} to ${then}` : 'changed';
}

/** Whether there is more to see than `changeText` says. */
export const hasMore = (change: PendingChange): boolean => {
  const told = change.kind === 'changed' ? changeText(change) !== 'changed' : false;
  return !told && [change.live, change.stored].some((value) => value !== undefined);
};

// One device in, out of, or in the place of another in a definition; and one device read from XML by itself. Pure.
import { virError } from '../../common/errors.ts';
import type { DeviceInfo } from './address.ts';
import { type DevicesDef, type DomainDef, deviceFields } from './domain.ts';
import { type ParseWarning, parseXml } from './xml.ts';

type ListKey = { [K in keyof DevicesDef]: DevicesDef[K] extends readonly unknown[] ? K : never }[keyof DevicesDef];
/** The name of a list of devices in the definition, such as 'disks'. */
export type DeviceListKey = Exclude<NonNullable<ListKey>, undefined>;

export const DEVICE_LIST_KEYS = Object.keys(deviceFields).filter((key) => key !== 'emulator') as DeviceListKey[];

/** 'disks' → 'disk': the element's name. */
export const elementOf = (key: DeviceListKey): string => deviceFields[key].name;

export interface ParsedDevice {
  readonly key: DeviceListKey;
  readonly device: DeviceInfo;
  readonly warnings: readonly ParseWarning[];
}

/** Reads one device's element. Throws XML_ERROR. */
export function parseDevice(xml: string): ParsedDevice {
  const root = parseXml(xml, undefined);
  const key = DEVICE_LIST_KEYS.find((each) => elementOf(each) === root.name);
  if (!key)
    throw virError(
      'XML_ERROR',
      root.name === 'domain'
        ? 'this is a whole <domain>; give the element of one device, such as <disk>'
        : `unknown device type <${root.name}>`,
    );
  const warnings: ParseWarning[] = [];
  const device = deviceFields[key].codec.parse(root, { file: undefined, warnings }) as DeviceInfo;
  return { key, device, warnings };
}

export const listOf = (def: DomainDef, key: DeviceListKey): readonly DeviceInfo[] =>
  def.devices[key] as readonly DeviceInfo[];

const withList = (def: DomainDef, key: DeviceListKey, list: readonly DeviceInfo[]): DomainDef => ({
  ...def,
  devices: { ...def.devices, [key]: list },
});

export const appendDevice = (def: DomainDef, key: DeviceListKey, device: DeviceInfo): DomainDef =>
  withList(def, key, [...listOf(def, key), device]);

export const removeDevice = (def: DomainDef, key: DeviceListKey, index: number): DomainDef =>
  withList(
    def,
    key,
    listOf(def, key).filter((_, at) => at !== index),
  );

export const replaceDevice = (def: DomainDef, key: DeviceListKey, index: number, device: DeviceInfo): DomainDef =>
  withList(
    def,
    key,
    listOf(def, key).map((old, at) => (at === index ? device : old)),
  );

/** Where the device with this alias is. */
export function findByAlias(
  def: DomainDef,
  alias: string,
): { readonly key: DeviceListKey; readonly index: number; readonly device: DeviceInfo } | undefined {
  for (const key of DEVICE_LIST_KEYS) {
    // The first console is the first serial port once more, under the same alias.
    if (key === 'consoles') continue;
    const index = listOf(def, key).findIndex((device) => device.alias?.name === alias);
    const device = listOf(def, key)[index];
    if (device) return { key, index, device };
  }
  return undefined;
}

const moduleKiB = (key: DeviceListKey, device: DeviceInfo): number =>
  key === 'memories' ? ((device as DevicesDef['memories'][number]).target?.size ?? 0) : 0;

/** A module of memory is part of the domain's memory, and the balloon grows with it where it was not in use (virDomainMemoryInsert). */
function withMemory(def: DomainDef, changeKiB: number): DomainDef {
  if (changeKiB === 0 || !def.memory) return def;
  const total = def.memory.kib + changeKiB;
  const isFull = def.currentMemory === undefined || def.currentMemory >= def.memory.kib;
  const current = isFull ? total : Math.min(def.currentMemory ?? total, total);
  return { ...def, memory: { ...def.memory, kib: total }, currentMemory: current };
}

export const plugIn = (def: DomainDef, key: DeviceListKey, device: DeviceInfo): DomainDef =>
  withMemory(appendDevice(def, key, device), moduleKiB(key, device));

export function pullOut(def: DomainDef, key: DeviceListKey, index: number): DomainDef {
  const device = listOf(def, key)[index];
  return device ? withMemory(removeDevice(def, key, index), -moduleKiB(key, device)) : def;
}

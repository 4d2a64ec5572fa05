// What of a running definition differs from another: field by field, device by device, as data. The caller makes both comparable first: the other one is what
// a start would make of the stored definition. Pure.
import type { PendingChange } from '../../common/model/pending.ts';
import type { DeviceInfo } from './address.ts';
import type { Codec, Fields } from './codec-types.ts';
import type { BackingStoreDef } from './disk.ts';
import { type DevicesDef, type DomainDef, deviceFields, domain } from './domain.ts';
import { DEVICE_LIST_KEYS, type DeviceListKey, elementOf, listOf } from './edit-devices.ts';
import { eachVcpu, enabledVcpus } from './vcpu-list.ts';
import type { XmlWriter } from './xml.ts';

type Field = Fields[string];

/** A field's XML, or its bare value where it is one; undefined where it is absent. */
function textOf(field: Field, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (field.at === 'attribute') return field.scalar.format(value);
  if (field.at !== 'child' && field.at !== 'list') return String(value);
  const out: XmlWriter = { lines: [], depth: 0 };
  const codec: Codec<unknown> = field.codec;
  for (const one of field.at === 'list' ? (value as readonly unknown[]) : [value]) codec.format(out, field.name, one);
  const text = out.lines.join('\n');
  // '<name>web</name>' is shown as 'web'.
  const bare = field.at === 'child' && field.codec.shape.kind === 'text' ? />([^<]*)</.exec(text)?.[1] : undefined;
  return text === '' ? undefined : (bare ?? text);
}

/** What says nothing of the hardware, or is compared as devices. */
const SKIPPED: ReadonlySet<string> = new Set(['id', 'uuid', 'name', 'devices']);

function fieldChanges(live: DomainDef, stored: DomainDef): PendingChange[] {
  if (domain.shape.kind !== 'element') return [];
  const fields = Object.entries(domain.shape.fields).filter(([key]) => !SKIPPED.has(key));
  return fields.flatMap(([key, field]) => {
    if (key === 'vcpus' && isSameVcpus(live, stored)) return [];
    const [now, then] = [live, stored].map((def) => textOf(field, def[key as keyof DomainDef]));
    return now === then ? [] : [changeOf(field.name, now, then)];
  });
}

/** In which order they came is the run's, and so is, where only one of the two lists them, which can go again; how many there are is told by 'vcpu'. */
function isSameVcpus(live: DomainDef, stored: DomainDef): boolean {
  if (!live.vcpus && !stored.vcpus) return true;
  const [now, then] = [enabledVcpus(live), enabledVcpus(stored)];
  if (!live.vcpus || !stored.vcpus) return now.length !== then.length || String(now) === String(then);
  const [here, there] = [live, stored].map((def) => eachVcpu(def).map((vcpu) => ({ ...vcpu, order: undefined })));
  return JSON.stringify(here) === JSON.stringify(there);
}

function changeOf(field: string, live: string | undefined, stored: string | undefined): PendingChange {
  const kind = live === undefined ? 'added' : stored === undefined ? 'removed' : 'changed';
  return { field, kind, ...(live !== undefined && { live }), ...(stored !== undefined && { stored }) };
}

/** The name by which a device is the same one in both definitions; undefined: by its place among its kind. */
function nameOf(key: DeviceListKey, device: DeviceInfo): string | undefined {
  const as = <K extends DeviceListKey>(_key: K): DevicesDef[K][number] => device as DevicesDef[K][number];
  switch (key) {
    case 'disks':
      return as('disks').target?.dev;
    case 'interfaces':
      return as('interfaces').mac?.address;
    case 'filesystems':
      return as('filesystems').target?.dir;
    case 'channels':
      return as('channels').target?.name;
    case 'controllers':
      return `${as('controllers').type} ${as('controllers').index ?? 0}${as('controllers').master ? ` ${as('controllers').model}` : ''}`;
    case 'graphics':
      return as('graphics').type;
    case 'serials':
      return String(as('serials').target?.port ?? 0);
    default:
      return undefined;
  }
}

interface Shown {
  readonly name: string | undefined;
  readonly text: string;
}

const withoutNumbers = (store: BackingStoreDef | undefined): BackingStoreDef | undefined =>
  store && {
    ...store,
    index: undefined,
    source: store.source && { ...store.source, index: undefined },
    backingStore: withoutNumbers(store.backingStore),
  };

/** What lies below a disk the images say, where the stored definition does not: then it is no difference. */
function withoutFoundChains(live: DomainDef, stored: DomainDef): DomainDef {
  const says = new Set(
    stored.devices.disks.filter(({ backingStore }) => backingStore).map(({ target }) => target?.dev),
  );
  const disks = live.devices.disks.map((disk) =>
    says.has(disk.target?.dev) ? disk : { ...disk, backingStore: undefined },
  );
  return { ...live, devices: { ...live.devices, disks } };
}

const withoutRunState = (key: DeviceListKey, device: DeviceInfo): DeviceInfo => {
  const bare = { ...device, alias: device.alias?.name.startsWith('ua-') ? device.alias : undefined };
  if (key !== 'disks') return bare;
  const disk = bare as DevicesDef['disks'][number];
  // Numbers of nodes, an open tray and a copy under way are the run's.
  return {
    ...disk,
    source: disk.source && { ...disk.source, index: undefined },
    backingStore: withoutNumbers(disk.backingStore),
    mirror: undefined,
    target: disk.target && { ...disk.target, tray: undefined },
  } as DeviceInfo;
};

function shownDevices(def: DomainDef, key: DeviceListKey): readonly Shown[] {
  const field = deviceFields[key] as unknown as { readonly name: string; readonly codec: Codec<never> };
  return listOf(def, key).map((device) => {
    const out: XmlWriter = { lines: [], depth: 0 };
    field.codec.format(out, field.name, withoutRunState(key, device) as never);
    return { name: nameOf(key, device), text: out.lines.join('\n') };
  });
}

/** Pairs of the same device; what has no name is paired with its like first, then with what is left, in order. */
function pair(live: readonly Shown[], stored: readonly Shown[]): [Shown | undefined, Shown | undefined][] {
  const open = [...stored];
  const take = (is: (one: Shown) => boolean): Shown | undefined => {
    const at = open.findIndex(is);
    return at < 0 ? undefined : open.splice(at, 1)[0];
  };
  const alike = live.map((one) => take(({ name, text }) => name === one.name && text === one.text));
  const pairs = live.map((one, at): [Shown, Shown | undefined] => [
    one,
    alike[at] ?? take(({ name }) => name === one.name),
  ]);
  return [...pairs, ...open.map((one): [undefined, Shown] => [undefined, one])];
}

function deviceChanges(live: DomainDef, stored: DomainDef, key: DeviceListKey): PendingChange[] {
  const element = elementOf(key);
  return pair(shownDevices(live, key), shownDevices(stored, key)).flatMap(([now, then], at) => {
    if (now?.text === then?.text) return [];
    const label = now?.name ?? then?.name;
    const change = changeOf(`devices.${element}[${label ?? at}]`, now?.text, then?.text);
    return [{ ...change, device: element, ...(label !== undefined && { label }) }];
  });
}

/** What `stored` changes of `live`. Empty where they are alike. */
export function pendingChanges(running: DomainDef, stored: DomainDef): readonly PendingChange[] {
  const live = withoutFoundChains(running, stored);
  return [...fieldChanges(live, stored), ...DEVICE_LIST_KEYS.flatMap((key) => deviceChanges(live, stored, key))];
}

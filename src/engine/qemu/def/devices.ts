// Working with all devices of a definition alike: kinds, their lists, one pass over them.
import type { Address, DeviceInfo } from '../../conf/address.ts';
import type { DevicesDef, DomainDef } from '../../conf/domain.ts';

type Lists = {
  [K in keyof DevicesDef]: DevicesDef[K] extends readonly (infer T)[] ? (T extends DeviceInfo ? K : never) : never;
};
/** Kinds whose devices have an address and an alias. */
export type DeviceKind = Exclude<NonNullable<Lists[keyof DevicesDef]>, undefined>;

/** The order in which libvirt walks devices (virDomainDeviceInfoIterateFlags). */
export const DEVICE_KINDS = [
  'disks', 'interfaces', 'sounds', 'hostdevs', 'filesystems', 'controllers', 'smartcards', 'serials', 'parallels', 'channels', 'consoles',
  'inputs', 'memballoons', 'watchdogs', 'nvrams', 'hubs', 'rngs', 'shmems', 'tpms', 'panics', 'redirdevs', 'memories', 'iommus', 'vsocks',
  'videos', 'cryptos',
] as const satisfies readonly DeviceKind[]; // biome-ignore format: a table

export type AnyDevice = DeviceInfo & { readonly type?: unknown; readonly model?: unknown };

export const deviceList = (def: DomainDef, kind: DeviceKind): readonly DeviceInfo[] =>
  def.devices[kind] as readonly DeviceInfo[];

export interface DeviceRef {
  readonly kind: DeviceKind;
  readonly index: number;
  readonly device: DeviceInfo;
}

export function allDevices(def: DomainDef): readonly DeviceRef[] {
  const refs: DeviceRef[] = [];
  for (const kind of DEVICE_KINDS) {
    const list = deviceList(def, kind);
    for (let index = 0; index < list.length; index++) {
      const device = list[index];
      if (device) refs.push({ kind, index, device });
    }
  }
  return refs;
}

export const withDevices = (def: DomainDef, devices: Partial<DevicesDef>): DomainDef => ({
  ...def,
  devices: { ...def.devices, ...devices },
});

/** Every device through `change`, which gives back the same object where it changes nothing. */
export function mapDevices(def: DomainDef, change: (ref: DeviceRef) => DeviceInfo): DomainDef {
  const changed: Record<string, unknown> = {};
  for (const kind of DEVICE_KINDS) {
    const list = deviceList(def, kind);
    if (list.length === 0) continue;
    const next = list.map((device, index) => change({ kind, index, device }));
    if (next.some((device, index) => device !== list[index])) changed[kind] = next;
  }
  return Object.keys(changed).length === 0 ? def : withDevices(def, changed as Partial<DevicesDef>);
}

/** New addresses, keyed by 'kind index'. */
export type AddressChanges = ReadonlyMap<string, Address>;
export const refKey = (kind: DeviceKind, index: number): string => `${kind} ${index}`;

export const withAddresses = (def: DomainDef, changes: AddressChanges): DomainDef =>
  changes.size === 0
    ? def
    : mapDevices(def, ({ kind, index, device }) => {
        const address = changes.get(refKey(kind, index));
        return address ? { ...device, address } : device;
      });

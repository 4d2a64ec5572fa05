// Which device of a definition a person means by the element they give (libvirt: virDomainNetFindIdx, virDomainDiskIndexByName, virDomainHostdevFind, …Find).
// Disks are known by their target, interfaces by their MAC address, controllers by type and index, filesystems by their target; everything else by all that is said
// of it. Pure.
import { type VirError, virError } from '../../common/errors.ts';
import type { DeviceInfo } from './address.ts';
import type { DevicesDef, DomainDef } from './domain.ts';
import { type DeviceListKey, elementOf, listOf } from './edit-devices.ts';

export type FoundDevice =
  | { readonly kind: 'found'; readonly index: number; readonly device: DeviceInfo }
  | { readonly kind: 'missing'; readonly error: VirError }
  | { readonly kind: 'ambiguous'; readonly error: VirError };

/** Whether all that `given` says is so in `device`. A list counts where it has members. */
export function isSubset(given: unknown, device: unknown): boolean {
  if (given === undefined) return true;
  if (Array.isArray(given)) {
    const list: readonly unknown[] = Array.isArray(device) ? device : [];
    return given.length === 0 || (given.length === list.length && given.every((one, at) => isSubset(one, list[at])));
  }
  if (typeof given !== 'object' || given === null) return given === device;
  if (typeof device !== 'object' || device === null)
    return Object.values(given).every((one) => isSubset(one, undefined));
  const values = device as Readonly<Record<string, unknown>>;
  return Object.entries(given).every(([key, one]) => key === 'unknown' || isSubset(one, values[key]));
}

/** The path of the first thing that `given` says otherwise than `device`, such as 'target bus'; undefined where it says nothing else. */
export function firstDifference(given: unknown, device: unknown): string | undefined {
  if (isSubset(given, device)) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return '';
  const values = (typeof device === 'object' && device !== null ? device : {}) as Readonly<Record<string, unknown>>;
  for (const [key, one] of Object.entries(given)) {
    const inner = key === 'unknown' ? undefined : firstDifference(one, values[key]);
    if (inner !== undefined) return inner === '' ? key : `${key} ${inner}`;
  }
  return '';
}

interface Search {
  /** What the device is looked for by, for messages: "target 'vdb'". */
  readonly by: string;
  readonly matches: (device: DeviceInfo) => boolean;
}

type Given<K extends DeviceListKey> = DevicesDef[K][number];
const placeOf = ({ address, alias }: DeviceInfo): Pick<DeviceInfo, 'address' | 'alias'> => ({ address, alias });

/** By its name and, where they are given, its address and alias. */
const named = (by: string, given: DeviceInfo, name: (device: DeviceInfo) => unknown): Search => ({
  by,
  matches: (device) => name(device) === name(given) && isSubset(placeOf(given), device),
});

const targetOf = (device: DeviceInfo): string | undefined => (device as Given<'disks'>).target?.dev;
const macOf = (device: DeviceInfo): string | undefined => (device as Given<'interfaces'>).mac?.address;
const dirOf = (device: DeviceInfo): string | undefined => (device as Given<'filesystems'>).target?.dir;
const controllerOf = (device: DeviceInfo): string => {
  const { type, index } = device as Given<'controllers'>;
  return `${type} ${index ?? 0}`;
};

function searchFor(key: DeviceListKey, given: DeviceInfo): Search {
  if (key === 'disks' && targetOf(given))
    return { by: `target '${targetOf(given)}'`, matches: (device) => targetOf(device) === targetOf(given) };
  if (key === 'interfaces' && macOf(given)) return named(`MAC address ${macOf(given)}`, given, macOf);
  if (key === 'filesystems' && dirOf(given)) return named(`target '${dirOf(given)}'`, given, dirOf);
  if (key === 'controllers') return named(`type and index '${controllerOf(given)}'`, given, controllerOf);
  if (key === 'hostdevs') {
    const { type, source } = given as Given<'hostdevs'>;
    return { by: 'this source', matches: (device) => isSubset({ type, source, ...placeOf(given) }, device) };
  }
  return { by: 'this description', matches: (device) => isSubset(given, device) };
}

export function findDevice(def: DomainDef, key: DeviceListKey, given: DeviceInfo): FoundDevice {
  const { by, matches } = searchFor(key, given);
  const found = [...listOf(def, key).entries()].filter(([, device]) => matches(device));
  const element = elementOf(key);
  const [first] = found;
  if (!first)
    return {
      kind: 'missing',
      error: virError('DEVICE_MISSING', `domain '${def.name}' has no ${element} with ${by}`),
    };
  if (found.length > 1) {
    const names = found.map(([, device]) => device.alias?.name ?? `${element} ${placeText(device)}`.trim());
    return {
      kind: 'ambiguous',
      error: virError(
        'OPERATION_FAILED',
        `domain '${def.name}' has ${found.length} ${element} devices with ${by} (${names.join(', ')}); say which by its <address> or <alias>`,
      ),
    };
  }
  return { kind: 'found', index: first[0], device: first[1] };
}

function placeText({ address }: DeviceInfo): string {
  if (address?.type === 'pci') return `at PCI ${address.bus ?? 0}:${address.slot ?? 0}.${address.function ?? 0}`;
  return address ? `at ${Object.values(address).join(' ')}` : '';
}

/** The device, or throws DEVICE_MISSING or OPERATION_FAILED. */
export function requireDevice(
  def: DomainDef,
  key: DeviceListKey,
  given: DeviceInfo,
): { readonly index: number; readonly device: DeviceInfo } {
  const found = findDevice(def, key, given);
  if (found.kind !== 'found') throw found.error;
  return found;
}

/** How messages name a device: "disk 'vdb'", "interface 52:54:00:…", "rng 'rng0'". */
export function describeDevice(key: DeviceListKey, device: DeviceInfo): string {
  const name =
    (key === 'disks' && targetOf(device)) ||
    (key === 'interfaces' && macOf(device)) ||
    (key === 'filesystems' && dirOf(device)) ||
    device.alias?.name;
  return name ? `${elementOf(key)} '${name}'` : elementOf(key);
}

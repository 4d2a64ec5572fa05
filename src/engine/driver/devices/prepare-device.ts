// A device on its way into a running domain: its defaults, its address among what the guest has already, its alias, its sockets. Nothing is done to the host or to
// QEMU here; what can't be is told before anything is.

import { virError } from '../../../common/errors.ts';
import type { DeviceInfo } from '../../conf/address.ts';
import type { ChardevBackend } from '../../conf/chardev.ts';
import type { DiskDef } from '../../conf/disk.ts';
import { type DomainDef, isUserAlias } from '../../conf/domain.ts';
import { type DeviceListKey, listOf, plugIn, replaceDevice } from '../../conf/edit-devices.ts';
import { describeDevice } from '../../conf/find-device.ts';
import { newAlias } from '../../qemu/def/aliases.ts';
import type { DeviceKind } from '../../qemu/def/devices.ts';
import { pinNodeIds } from '../../qemu/def/node-ids.ts';
import { channelFile } from '../../qemu/def/prepare.ts';
import { assignUsbAddresses } from '../../qemu/def/usb-address.ts';
import { attachReason } from '../../qemu/hotplug/live-rules.ts';
import { completeDefinition } from '../native.ts';
import type { LiveRun } from './live-run.ts';
import { assertSameRun } from './live-run.ts';

/** CONFIG_UNSUPPORTED that names the device and the way out. */
export const notWhileRunning = (name: string, what: string, verb: 'attached to' | 'detached from', reason: string) =>
  virError(
    'CONFIG_UNSUPPORTED',
    `${what} can't be ${verb} domain '${name}' while it runs: ${reason}; use --config, it takes effect at the next start`,
  );

/** Controllers and hubs that came only for this device: a running guest has none to spare. */
function addedController(before: DomainDef, after: DomainDef): string | undefined {
  const has = (type: string, index: number | undefined): boolean =>
    before.devices.controllers.some((controller) => controller.type === type && controller.index === index);
  const added = after.devices.controllers.find(({ type, index }) => !has(type, index));
  if (added?.type === 'pci')
    return added.model === 'pcie-root-port'
      ? 'there is no free slot left that takes a device while the guest runs'
      : 'there is no free conventional PCI slot that takes a device while the guest runs (a virtio model needs none)';
  if (added) return `there is no ${added.type} controller for it`;
  return after.devices.hubs.length > before.devices.hubs.length ? 'there is no free USB port left' : undefined;
}

/** The device as completion made it: disks are sorted by it, all else stays the last of its kind. */
function completedDevice(def: DomainDef, key: DeviceListKey, given: DeviceInfo): DeviceInfo | undefined {
  if (key !== 'disks') return listOf(def, key).at(-1);
  const dev = (given as DiskDef).target?.dev;
  return def.devices.disks.find((disk) => disk.target?.dev === dev);
}

const withoutRunAlias = (device: DeviceInfo): DeviceInfo =>
  isUserAlias(device.alias?.name) ? device : { ...device, alias: undefined };

type Chardev = ChardevBackend & DeviceInfo;

/** What would open a terminal of the host, or names no socket, becomes a socket of ours, as at a start (qemu/def/prepare.ts). */
function withOwnSocket(key: DeviceListKey, device: DeviceInfo, runtimeDir: string): DeviceInfo {
  if (key !== 'serials' && key !== 'channels') return device;
  const chardev = device as Chardev;
  if (chardev.type !== 'pty' && !(chardev.type === 'unix' && chardev.sources[0]?.path === undefined)) return device;
  const alias = device.alias?.name ?? 'device';
  const name =
    key === 'channels' ? channelFile((device as DomainDef['devices']['channels'][number]).target?.name, alias) : alias;
  const source = { mode: 'bind' as const, path: `${runtimeDir}/${name}.sock`, seclabels: [] };
  return { ...chardev, type: 'unix', tty: undefined, sources: [source], protocol: undefined } as Chardev;
}

export interface PreparedDevice {
  /** The running definition with the device. */
  readonly def: DomainDef;
  readonly index: number;
  readonly device: DeviceInfo;
}

/** Throws XML_ERROR, CONFIG_UNSUPPORTED, OPERATION_FAILED (ended meanwhile). */
export async function prepareLiveDevice(run: LiveRun, key: DeviceListKey, given: DeviceInfo): Promise<PreparedDevice> {
  const { context, obj, live } = run;
  const bare = withoutRunAlias(given);
  const candidate = plugIn(live.def, key, bare);
  const complete = assignUsbAddresses((await completeDefinition(context, candidate)).def);
  assertSameRun(run);
  const device = completedDevice(complete, key, bare);
  if (!device) throw virError('INTERNAL_ERROR', `the completed definition lost ${describeDevice(key, bare)}`);
  const reason = attachReason(complete, key, device) ?? addedController(candidate, complete);
  if (reason !== undefined) throw notWhileRunning(obj.name, describeDevice(key, device), 'attached to', reason);
  // The running definition of now: devices may have gone while this waited, but none came.
  const plugged = plugIn(pinNodeIds(live.def), key, device);
  const index = listOf(plugged, key).length - 1;
  const alias = newAlias(plugged, key as DeviceKind, index);
  const aliased = withOwnSocket(key, { ...device, alias: { name: alias } }, live.runtimeDir);
  const def = pinNodeIds(replaceDevice(plugged, key, index, aliased));
  return { def, index, device: listOf(def, key)[index] ?? aliased };
}

// Aliases: the names by which QEMU, QMP and events know devices (libvirt: src/qemu/qemu_alias.c). A person's own ('ua-…') stay.
import type { DeviceInfo } from '../../conf/address.ts';
import type { ControllerDef } from '../../conf/controller.ts';
import type { DiskDef } from '../../conf/disk.ts';
import { type DevicesDef, type DomainDef, isUserAlias } from '../../conf/domain.ts';
import { findController, isIch9Usb } from './controllers.ts';
import { allDevices, type DeviceKind, deviceList, mapDevices, withDevices } from './devices.ts';
import { diskIndex } from './disk-defaults.ts';
import { isI440fx, isQ35 } from './machine.ts';

/** Kinds that are merely counted. */
const COUNTED: Readonly<Partial<Record<DeviceKind, string>>> = {
  interfaces: 'net',
  filesystems: 'fs',
  sounds: 'sound',
  hostdevs: 'hostdev',
  redirdevs: 'redir',
  videos: 'video',
  consoles: 'console',
  serials: 'serial',
  parallels: 'parallel',
  channels: 'channel',
  inputs: 'input',
  hubs: 'hub',
  shmems: 'shmem',
  smartcards: 'smartcard',
  memballoons: 'balloon',
  watchdogs: 'watchdog',
  rngs: 'rng',
  tpms: 'tpm',
  panics: 'panic',
  vsocks: 'vsock',
  iommus: 'iommu',
  cryptos: 'crypto',
};

function diskAlias(def: DomainDef, disk: DiskDef): string {
  const bus = disk.target?.bus ?? 'ide';
  const address = disk.address?.type === 'drive' ? disk.address : undefined;
  const { controller = 0, bus: channel = 0, target = 0, unit = 0 } = address ?? {};
  switch (bus) {
    case 'ide':
    case 'sata':
    case 'fdc':
      return `${bus}${controller}-${channel}-${unit}`;
    case 'scsi':
      return isNarrowScsi(findController(def, 'scsi', controller))
        ? `scsi${controller}-${channel}-${unit}`
        : `scsi${controller}-${channel}-${target}-${unit}`;
    default:
      return `${bus}-disk${diskIndex(disk.target?.dev ?? '') ?? 0}`;
  }
}

/** A bus with targets 0–7 and no units behind them. */
export const isNarrowScsi = (controller: ControllerDef | undefined): boolean => controller?.model === 'lsilogic';

function controllerAlias(def: DomainDef, controller: ControllerDef): string {
  const index = controller.index ?? 0;
  switch (controller.type) {
    case 'pci':
      return controller.model === 'pcie-root' ? `pcie.${index}` : `pci.${index}`;
    case 'ide':
      // The one that the chipset has, QEMU calls 'ide'.
      return index === 0 && isI440fx(def) ? 'ide' : `ide${index}`;
    case 'sata':
      return index === 0 && isQ35(def) ? 'ide' : `sata${index}`;
    case 'usb':
      return index === 0 ? 'usb' : `usb${index}`;
    default:
      return `${controller.type}${index}`;
  }
}

function memoryAlias(memory: DevicesDef['memories'][number], index: number): string {
  const slot = memory.address?.type === 'dimm' ? (memory.address.slot ?? index) : index;
  switch (memory.model) {
    case 'dimm':
      return `dimm${slot}`;
    case 'nvdimm':
      return `nvdimm${slot}`;
    case 'virtio-mem':
      return `virtiomem${index}`;
    case 'virtio-pmem':
      return `virtiopmem${index}`;
    default:
      return `epc${index}`;
  }
}

/** How many before `index` have no alias of their own. */
const userless = (list: readonly DeviceInfo[], index: number): number =>
  list.slice(0, index).filter((device) => !isUserAlias(device.alias?.name)).length;

function aliasOf(def: DomainDef, kind: DeviceKind, index: number): string | undefined {
  const { devices } = def;
  const [disk, controller, memory] = [devices.disks[index], devices.controllers[index], devices.memories[index]];
  if (kind === 'disks' && disk) return diskAlias(def, disk);
  if (kind === 'controllers' && controller) return controllerAlias(def, controller);
  if (kind === 'memories' && memory)
    return memoryAlias(memory, devices.memories.slice(0, index).filter(({ model }) => model === memory.model).length);
  if (kind === 'nvrams') return 'nvram';
  // An interface that is a host device counts among those, before them.
  const isHost = ({ type }: { readonly type: string }): boolean => type === 'hostdev';
  if (kind === 'interfaces' && devices.interfaces[index]?.type === 'hostdev')
    return `hostdev${devices.interfaces.slice(0, index).filter(isHost).length}`;
  if (kind === 'hostdevs')
    return `hostdev${devices.interfaces.filter(isHost).length + userless(devices.hostdevs, index)}`;
  const prefix = COUNTED[kind];
  return prefix === undefined ? undefined : `${prefix}${index}`;
}

/** The alias of a device that joins a running guest: what the place tells, or a number behind the highest in use. The others keep theirs. */
export function newAlias(def: DomainDef, kind: DeviceKind, index: number): string {
  const own = deviceList(def, kind)[index]?.alias?.name;
  if (own !== undefined && isUserAlias(own)) return own;
  const prefix = kind === 'hostdevs' ? 'hostdev' : COUNTED[kind];
  // Disks and memory are named by their place.
  if (prefix === undefined) return aliasOf(def, kind, index) ?? '';
  const numbers = allDevices(def).flatMap(({ device }) => {
    const name = device.alias?.name ?? '';
    const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^\d+$/.test(digits) ? [Number(digits)] : [];
  });
  return `${prefix}${Math.max(-1, ...numbers) + 1}`;
}

/** Gives every device that has none of its own the alias libvirt would. */
export function assignAliases(def: DomainDef): DomainDef {
  const aliased = mapDevices(def, ({ kind, index, device }) => {
    if (isUserAlias(device.alias?.name)) return device;
    const name = aliasOf(def, kind, index);
    return name === undefined ? device : { ...device, alias: { name } };
  });
  return pairFirstConsole(aliased);
}

/** The first console on a serial port is that serial port. */
function pairFirstConsole(def: DomainDef): DomainDef {
  const [console, ...others] = def.devices.consoles;
  const serial = def.devices.serials[0];
  if (console?.target?.type !== 'serial' || !serial?.alias) return def;
  return withDevices(def, { consoles: [{ ...console, alias: serial.alias }, ...others] });
}

export const aliasName = (device: DeviceInfo): string => device.alias?.name ?? '';

/** Companions on one index have one bus; the master's alias names it. */
export const isCompanion = (controller: ControllerDef): boolean =>
  isIch9Usb(controller) && controller.master !== undefined;

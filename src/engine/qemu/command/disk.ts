// -device of disks (libvirt: qemuBuildDiskDeviceProps), after their block nodes.
import type { DriveAddress } from '../../conf/address.ts';
import type { DiskDef } from '../../conf/disk.ts';
import { isNarrowScsi } from '../def/aliases.ts';
import { findController } from '../def/controllers.ts';
import { isI440fx, isQ35 } from '../def/machine.ts';
import { assignNodeIds, type DiskNodes } from '../def/node-ids.ts';
import { buildDiskNodes, cacheOf } from './blockdev.ts';
import { bootIndexes } from './boot-order.ts';
import {
  addressProps,
  aliasOf,
  type CommandContext,
  deviceArgs,
  type Props,
  unsupported,
  virtioDriver,
  virtioProps,
} from './context.ts';

export function buildDisks(context: CommandContext): readonly string[] {
  const { disks } = context.def.devices;
  const nodes = assignNodeIds(context.def).disks;
  const boot = bootIndexes(context.def);
  const args: string[] = [];
  const floppies = disks.filter((disk) => disk.target?.bus === 'fdc');
  let fdcDone = false;
  for (const [index, disk] of disks.entries()) {
    if (disk.target?.bus === 'fdc' && !fdcDone) {
      args.push(...floppyController(context, floppies, boot));
      fdcDone = true;
    }
    args.push(...buildDisk(context, disk, nodes[index] ?? { ids: [], filterIds: [] }, boot.get(disk)));
  }
  return args;
}

/** A floppy's place in the boot order is a property of its controller, which a q35 does not have by itself. */
function floppyController(
  context: CommandContext,
  floppies: readonly DiskDef[],
  boot: ReadonlyMap<object, number>,
): readonly string[] {
  const orders: Record<string, number> = {};
  for (const disk of floppies) {
    const unit = disk.address?.type === 'drive' ? (disk.address.unit ?? 0) : 0;
    const order = boot.get(disk);
    if (order !== undefined) orders[unit === 0 ? 'bootindexA' : 'bootindexB'] = order;
  }
  if (needsExplicitFdc(context)) return deviceArgs(context, { driver: 'isa-fdc', ...orders });
  return Object.entries(orders).flatMap(([name, order]) => ['-global', `isa-fdc.${name}=${order}`]);
}

/** q35 machines from 2.4 on have no floppy controller. */
const needsExplicitFdc = ({ def }: CommandContext): boolean => {
  const version = /^pc-q35-(\d+)\.(\d+)/.exec(def.os.type.machine ?? '');
  return isQ35(def) && !(version && (Number(version[1]) === 1 || (Number(version[1]) === 2 && Number(version[2]) < 4)));
};

function buildDisk(
  context: CommandContext,
  disk: DiskDef,
  nodes: DiskNodes,
  boot: number | undefined,
): readonly string[] {
  if (disk.transient && !context.options.plugsTransientDisks)
    throw unsupported(`transient disks are not supported yet (disk '${disk.target?.dev}')`);
  // A transient disk that several guests start from is plugged in later, over its overlay.
  if (disk.transient?.shareBacking) return [];
  if (disk.type === 'vhostuser') return buildVhostUser(context, disk, boot);
  const { args, drive } = buildDiskNodes(context, disk, nodes);
  return [...args, ...deviceArgs(context, diskDevice(context, disk, drive, boot))];
}

function buildVhostUser(context: CommandContext, disk: DiskDef, boot: number | undefined): readonly string[] {
  const alias = aliasOf(disk);
  const chardev = `chr-vu-${alias}`;
  const reconnect = disk.source?.reconnect;
  const again =
    reconnect?.enabled && reconnect.timeout
      ? [
          context.has('CHARDEV_RECONNECT_MILISECONDS')
            ? `reconnect-ms=${reconnect.timeout * 1000}`
            : `reconnect=${reconnect.timeout}`,
        ]
      : [];
  return [
    '-chardev',
    ['socket', `id=${chardev}`, `path=${(disk.source?.path ?? '').replaceAll(',', ',,')}`, ...again].join(','),
    ...deviceArgs(context, {
      driver: 'vhost-user-blk-pci',
      ...virtioProps(disk.driver),
      'num-queues': disk.driver?.queues,
      'queue-size': disk.driver?.queueSize,
      ...addressProps(context, disk),
      chardev,
      id: alias,
      bootindex: boot,
    }),
  ];
}

const WRITE_CACHE: Readonly<Record<string, string>> = {
  none: 'on',
  writeback: 'on',
  unsafe: 'on',
  writethrough: 'off',
  directsync: 'off',
};

function diskDevice(
  context: CommandContext,
  disk: DiskDef,
  drive: string | undefined,
  boot: number | undefined,
): Props {
  const isFloppy = disk.target?.bus === 'fdc';
  return {
    ...busProps(context, disk),
    'share-rw': disk.shareable ? true : undefined,
    drive,
    id: aliasOf(disk),
    bootindex: isFloppy ? undefined : boot,
    loadparm: disk.boot?.loadparm,
    logical_block_size: disk.blockio?.logicalBlockSize,
    physical_block_size: disk.blockio?.physicalBlockSize,
    discard_granularity: disk.blockio?.discardGranularity,
    ...geometryProps(disk),
    wwn: disk.wwn === undefined ? undefined : wwnValue(disk.wwn),
    rotation_rate: disk.target?.rotationRate,
    vendor: disk.vendor,
    product: disk.target?.bus === 'scsi' ? disk.product : undefined,
    model: disk.target?.bus === 'scsi' ? undefined : disk.product,
    removable: disk.target?.bus === 'usb' ? (disk.target.removable ?? false) : disk.target?.removable,
    'write-cache': disk.device === 'lun' ? undefined : WRITE_CACHE[cacheOf(disk) ?? ''],
    dpofua: disk.target?.dpofua,
    serial: disk.device === 'lun' ? undefined : disk.serial,
    ...errorPolicy(disk),
  };
}

/** A WWN has 64 bits, more than a JSON number of ours holds; QEMU reads a string as well. */
const wwnValue = (wwn: string): string => (wwn.startsWith('0x') ? wwn : `0x${wwn}`);

const geometryProps = (disk: DiskDef): Props =>
  disk.geometry?.cyls
    ? {
        cyls: disk.geometry.cyls,
        heads: disk.geometry.heads,
        secs: disk.geometry.secs,
        'bios-chs-trans': disk.geometry.trans,
      }
    : {};

function errorPolicy(disk: DiskDef): Props {
  const write = disk.driver?.errorPolicy;
  const read = disk.driver?.rerrorPolicy;
  if (write === 'enospace') return { werror: 'enospc', rerror: read };
  return { werror: write, rerror: read ?? write };
}

function busProps(context: CommandContext, disk: DiskDef): Props {
  const address = disk.address?.type === 'drive' ? disk.address : undefined;
  switch (disk.target?.bus) {
    case 'ide':
    case 'sata':
      return ideProps(context, disk, address);
    case 'scsi':
      return scsiProps(context, disk, address);
    case 'virtio':
      return virtioBlkProps(context, disk);
    case 'usb':
      return { driver: 'usb-storage', ...addressProps(context, disk) };
    case 'fdc':
      return { driver: 'floppy', unit: address?.unit ?? 0 };
    default:
      throw unsupported(`unsupported disk bus '${disk.target?.bus}' with device setup`);
  }
}

function ideProps({ def }: CommandContext, disk: DiskDef, address: DriveAddress | undefined): Props {
  const { controller = 0, bus = 0, unit = 0 } = address ?? {};
  const type = disk.target?.bus === 'sata' ? 'sata' : 'ide';
  const parent = findController(def, type, controller);
  const isBuiltIn = controller === 0 && (type === 'ide' ? isI440fx(def) : isQ35(def));
  const alias = isBuiltIn ? 'ide' : parent ? aliasOf(parent) : type;
  const driver = disk.device === 'cdrom' ? 'ide-cd' : 'ide-hd';
  // A SATA port takes one device; an IDE channel two.
  return type === 'sata' ? { driver, bus: `${alias}.${unit}` } : { driver, bus: `${alias}.${bus}`, unit };
}

function scsiProps({ def, has }: CommandContext, disk: DiskDef, address: DriveAddress | undefined): Props {
  const { controller = 0, bus = 0, target = 0, unit = 0 } = address ?? {};
  const parent = findController(def, 'scsi', controller);
  const alias = parent ? aliasOf(parent) : `scsi${controller}`;
  const driver = disk.device === 'lun' ? 'scsi-block' : disk.device === 'cdrom' ? 'scsi-cd' : 'scsi-hd';
  const id =
    disk.device !== 'lun' && has('SCSI_DISK_DEVICE_ID') ? { device_id: disk.serial ?? `drive-${aliasOf(disk)}` } : {};
  if (isNarrowScsi(parent)) return { driver, bus: `${alias}.${bus}`, 'scsi-id': unit, ...id };
  return { driver, bus: `${alias}.0`, channel: bus, 'scsi-id': target, lun: unit, ...id };
}

function virtioBlkProps(context: CommandContext, disk: DiskDef): Props {
  const driver = disk.driver;
  return {
    driver: virtioDriver('virtio-blk', disk.model),
    iothread: driver?.iothread === undefined ? undefined : `iothread${driver.iothread}`,
    ioeventfd: driver?.ioeventfd,
    event_idx: driver?.eventIdx,
    'num-queues': driver?.queues,
    'queue-size': driver?.queueSize,
    'iothread-vq-mapping': iothreadMapping(driver?.iothreads?.iothreads),
    ...virtioProps(driver),
    ...addressProps(context, disk),
  };
}

type Mapping = NonNullable<NonNullable<DiskDef['driver']>['iothreads']>['iothreads'];

export const iothreadMapping = (iothreads: Mapping | undefined): readonly Props[] | undefined =>
  iothreads?.map(({ id, queues }) => ({
    iothread: `iothread${id}`,
    ...(queues.length > 0 && { vqs: queues.map((queue) => queue.id ?? 0) }),
  }));

// <address type='drive'> for disks on IDE, SATA, SCSI and floppy buses, from the target's name; and for SCSI host devices, the first that is
// free (libvirt: virDomainDiskDefAssignAddress, virDomainHostdevAssignAddress).

import { virError } from '../../../common/errors.ts';
import type { DriveAddress } from '../../conf/address.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { withDevices } from './devices.ts';
import { diskIndex } from './disk-defaults.ts';

/** Disks on one SCSI bus by default; as many as a narrow bus has, whatever the controller. */
const SCSI_UNITS = 7;

const drive = (controller: number, bus: number, unit: number): DriveAddress => ({
  type: 'drive',
  controller,
  bus,
  target: 0,
  unit,
});

function addressOf(disk: DiskDef): DriveAddress | undefined {
  const dev = disk.target?.dev ?? '';
  const index = diskIndex(dev);
  const bus = disk.target?.bus;
  if (bus !== 'ide' && bus !== 'sata' && bus !== 'scsi' && bus !== 'fdc') return undefined;
  if (index === undefined) throw virError('XML_ERROR', `Unknown disk name '${dev}' and no address specified`);
  switch (bus) {
    case 'ide':
      return drive(Math.floor(index / 4), Math.floor((index % 4) / 2), index % 2);
    case 'sata':
      return drive(Math.floor(index / 6), 0, index % 6);
    case 'fdc':
      return drive(Math.floor(index / 2), 0, index % 2);
    default:
      return drive(Math.floor(index / SCSI_UNITS), 0, index % SCSI_UNITS);
  }
}

const normalize = (address: DriveAddress): DriveAddress => ({
  ...address,
  controller: address.controller ?? 0,
  bus: address.bus ?? 0,
  target: address.target ?? 0,
  unit: address.unit ?? 0,
});

const isUsed = (used: readonly DriveAddress[], wanted: DriveAddress): boolean =>
  used.some(
    (other) =>
      other.controller === wanted.controller &&
      other.bus === wanted.bus &&
      other.target === wanted.target &&
      other.unit === wanted.unit,
  );

export function assignDriveAddresses(def: DomainDef): DomainDef {
  const disks = def.devices.disks.map((disk) => {
    if (disk.address?.type === 'drive') return { ...disk, address: normalize(disk.address) };
    const address = disk.address ? undefined : addressOf(disk);
    return address ? { ...disk, address } : disk;
  });
  return assignHostdevAddresses(withDevices(def, { disks }));
}

function assignHostdevAddresses(def: DomainDef): DomainDef {
  if (!def.devices.hostdevs.some((hostdev) => hostdev.type === 'scsi')) return def;
  const used: DriveAddress[] = [];
  for (const disk of def.devices.disks)
    if (disk.target?.bus === 'scsi' && disk.address?.type === 'drive') used.push(disk.address);
  for (const hostdev of def.devices.hostdevs)
    if (hostdev.address?.type === 'drive') used.push(normalize(hostdev.address));
  const hostdevs = def.devices.hostdevs.map((hostdev) => {
    if (hostdev.type !== 'scsi') return hostdev;
    if (hostdev.address)
      return hostdev.address.type === 'drive' ? { ...hostdev, address: normalize(hostdev.address) } : hostdev;
    const address = firstFree(used);
    used.push(address);
    return { ...hostdev, address };
  });
  return withDevices(def, { hostdevs });
}

function firstFree(used: readonly DriveAddress[]): DriveAddress {
  for (let controller = 0; ; controller++) {
    for (let unit = 0; unit < SCSI_UNITS; unit++) {
      const wanted = drive(controller, 0, unit);
      if (!isUsed(used, wanted)) return wanted;
    }
  }
}

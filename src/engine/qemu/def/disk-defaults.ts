// Defaults of <disk> (libvirt: virDomainDiskDefPostParse, qemuDomainDeviceDiskDefPostParse).

import { virError } from '../../../common/errors.ts';
import type { DiskBus, DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { withDevices } from './devices.ts';

const PREFIX_BUSES: Readonly<Record<string, DiskBus>> = {
  hd: 'ide',
  sd: 'scsi',
  vd: 'virtio',
  fd: 'fdc',
  xvd: 'xen',
  ubd: 'uml',
};

/** The bus that a target name suggests: 'sda' → scsi. */
export function busOfTarget(dev: string): DiskBus | undefined {
  const prefix = /^(xvd|ubd|hd|sd|vd|fd)/.exec(dev)?.[1];
  return prefix ? PREFIX_BUSES[prefix] : undefined;
}

/** 'sda' → 0, 'sdb' → 1, 'sdaa' → 26; undefined for a name that counts nothing (virDiskNameToIndex). */
export function diskIndex(dev: string): number | undefined {
  const letters = /^(?:xvd|ubd|hd|sd|vd|fd)([a-z]+)\d*$/.exec(dev)?.[1];
  if (!letters) return undefined;
  let index = 0;
  for (const letter of letters) index = index * 26 + (letter.charCodeAt(0) - 96);
  return index - 1;
}

export const completeDisks = (def: DomainDef): DomainDef =>
  withDevices(def, { disks: sortDisks(def.devices.disks.map(completeDisk)) });

/** Disks are kept by bus, and on a bus by target: the order in which a guest should meet them (virDomainDiskInsert). */
function sortDisks(disks: readonly DiskDef[]): readonly DiskDef[] {
  const sorted: DiskDef[] = [];
  for (const disk of disks) sorted.splice(insertAt(sorted, disk), 0, disk);
  return sorted;
}

function insertAt(sorted: readonly DiskDef[], disk: DiskDef): number {
  const index = diskIndex(disk.target?.dev ?? '') ?? -1;
  let at = -1;
  for (let i = sorted.length - 1; i >= 0; i--) {
    const other = sorted[i];
    if (other?.target?.bus !== disk.target?.bus) continue;
    if ((diskIndex(other?.target?.dev ?? '') ?? -1) > index) at = i;
    else if (at === -1) at = i + 1;
  }
  return at === -1 ? sorted.length : at;
}

function completeDisk(disk: DiskDef): DiskDef {
  const dev = disk.target?.dev;
  const device = disk.device ?? 'disk';
  if (dev === undefined || dev === '')
    throw virError('XML_ERROR', `missing target information for device ${sourceName(disk)}`);
  const bus = disk.target?.bus ?? (device === 'floppy' ? 'fdc' : busOfTarget(dev));
  if (!bus) throw virError('XML_ERROR', `disk '${dev}' names no bus, and its target suggests none`);
  const type = disk.type ?? 'file';
  const done: DiskDef = { ...disk, type, device, target: { ...disk.target, dev, bus }, ...completeDriver(disk) };
  return {
    ...done,
    ...(device === 'cdrom' || (device === 'floppy' && disk.readonly) ? { readonly: true as const } : {}),
    ...((type === 'vhostuser' || type === 'vhostvdpa') && { snapshot: disk.snapshot ?? ('no' as const) }),
    ...completeSource(done),
  };
}

/** Only qemu's own block layer has a driver to name; a vhost back end has its own. */
function completeDriver(disk: DiskDef): Pick<DiskDef, 'driver'> {
  const type = disk.driver?.type;
  if (disk.type === 'vhostuser') return { driver: disk.driver };
  return { driver: { ...disk.driver, name: 'qemu', type: type ?? 'raw' } };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  nbd: '10809',
  rbd: '6789',
  iscsi: '3260',
  http: '80',
  https: '443',
  ftp: '21',
  ftps: '990',
  tftp: '69',
  ssh: '22',
  gluster: '24007',
  sheepdog: '7000',
  vxhs: '9999',
  nfs: '2049',
};
export const defaultPort = (protocol: string): string | undefined => DEFAULT_PORTS[protocol];

function completeSource(disk: DiskDef): Pick<DiskDef, 'source' | 'encryption'> {
  const source = disk.source;
  if (!source) return {};
  const encryption = source.encryption;
  if (encryption?.format === 'luks' && !encryption.engine)
    return { source: { ...source, encryption: { ...encryption, engine: 'qemu' } } };
  return {};
}

/** How messages name a disk's source. */
export const sourceName = (disk: DiskDef): string => {
  const source = disk.source;
  return source?.file ?? source?.dev ?? source?.dir ?? source?.name ?? source?.volume ?? '(none)';
};

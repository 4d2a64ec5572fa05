// Defaults of <disk> (libvirt: virDomainDiskDefPostParse, qemuDomainDeviceDiskDefPostParse).

import { virError } from '../../../common/errors.ts';
import type { BackingStoreDef, DiskBus, DiskDef } from '../../conf/disk.ts';
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
  const { type, source } = completeSource(disk);
  const readonly = device === 'cdrom' || disk.readonly ? (true as const) : undefined;
  const snapshot = disk.snapshot ?? (type === 'vhostuser' ? ('no' as const) : undefined);
  return {
    ...disk,
    type,
    device,
    source,
    target: {
      ...disk.target,
      dev,
      bus,
      // Closed is how a tray is; only a stick's being removable is a guest's business.
      tray: disk.target?.tray === 'open' ? 'open' : undefined,
      removable: bus === 'usb' ? disk.target?.removable : undefined,
    },
    driver: completeDriver(disk),
    readonly,
    // What can not be written needs no snapshot anyway.
    snapshot: readonly && snapshot === 'no' ? undefined : snapshot,
    backingStore: withoutIndex(disk.backingStore),
    // A copy in progress is the state of a running guest.
    mirror: undefined,
  };
}

/** Numbers of images are made at each start. */
const withoutIndex = (store: BackingStoreDef | undefined): BackingStoreDef | undefined =>
  store && {
    ...store,
    index: undefined,
    source: store.source && { ...store.source, index: undefined },
    backingStore: withoutIndex(store.backingStore),
  };

/** Only qemu's own block layer has a driver to name; a vhost back end has its own, and a volume's format is its pool's to tell. */
function completeDriver(disk: DiskDef): DiskDef['driver'] {
  const driver = disk.driver?.cache === 'default' ? { ...disk.driver, cache: undefined } : disk.driver;
  if (disk.type === 'vhostuser') return driver;
  const type = driver?.type ?? (disk.type === 'volume' ? undefined : 'raw');
  return { ...driver, name: 'qemu', type };
}

// biome-ignore format: a table
const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  nbd: '10809', rbd: '6789', iscsi: '3260', http: '80', https: '443', ftp: '21', ftps: '990', tftp: '69', ssh: '22', gluster: '24007',
  sheepdog: '7000', vxhs: '9999', nfs: '2049',
};
export const defaultPort = (protocol: string): string | undefined => DEFAULT_PORTS[protocol];

/** These are written as addresses, whose port is part of them. */
const URL_PROTOCOLS = new Set(['http', 'https', 'ftp', 'ftps', 'tftp']);

type Source = Pick<DiskDef, 'source'> & { readonly type: NonNullable<DiskDef['type']> };

function completeSource(disk: DiskDef): Source {
  const type = disk.type ?? 'file';
  const { source } = disk;
  // A drive that is empty is empty whatever was in it.
  if (type === 'network' && !source?.name && !source?.hosts.length) return { type: 'file', source: undefined };
  if (!source) return { type, source };
  const { encryption, protocol = '' } = source;
  const hosts = URL_PROTOCOLS.has(protocol)
    ? source.hosts.map((host) => ({ ...host, port: host.port ?? defaultPort(protocol) }))
    : source.hosts;
  const withEngine =
    encryption?.format === 'luks' && !encryption.engine ? { ...encryption, engine: 'qemu' as const } : encryption;
  // What the host could not label is no wish of the author's.
  const seclabels = source.seclabels.filter(({ labelskip }) => !labelskip);
  return { type, source: { ...source, hosts, encryption: withEngine, index: undefined, seclabels } };
}

/** How messages name a disk's source. */
export const sourceName = (disk: DiskDef): string => {
  const source = disk.source;
  return source?.file ?? source?.dev ?? source?.dir ?? source?.name ?? source?.volume ?? '(none)';
};

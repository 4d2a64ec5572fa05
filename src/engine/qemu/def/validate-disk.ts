// Rules about disks (libvirt: virDomainDiskDefValidate, qemuValidateDomainDeviceDefDisk).

import { virError } from '../../../common/errors.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DiskSourceDef } from '../../conf/disk-source.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { sharesMemory } from './shared-memory.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);
const nameOf = (disk: DiskDef): string => disk.target?.dev ?? '';

export function validateDisks(def: DomainDef): void {
  const targets = new Set<string>();
  const addresses = new Set<string>();
  for (const disk of def.devices.disks) {
    if (targets.has(nameOf(disk))) throw virError('XML_ERROR', `target '${nameOf(disk)}' duplicated for disk sources`);
    targets.add(nameOf(disk));
    checkAddress(disk, addresses);
    checkTarget(disk);
    checkDevice(disk);
    checkFormat(disk);
    checkEncryption(disk);
    checkAuth(disk);
    checkIothreads(def, disk);
    if (disk.type === 'vhostuser' && !sharesMemory(def)) throw unsupported("'vhostuser' requires shared memory");
  }
}

const DRIVE_BUSES = new Set(['ide', 'sata', 'scsi', 'fdc']);

function checkAddress(disk: DiskDef, seen: Set<string>): void {
  const bus = disk.target?.bus ?? '';
  const { address } = disk;
  const wanted = DRIVE_BUSES.has(bus) ? 'drive' : bus === 'usb' ? 'usb' : undefined;
  if (address && wanted && address.type !== wanted)
    throw unsupported(
      `Invalid address type '${address.type}' for the disk '${nameOf(disk)}' with the bus type '${bus}'`,
    );
  if (address?.type !== 'drive') return;
  const place = `controller='${address.controller}' bus='${address.bus}' target='${address.target}' unit='${address.unit}'`;
  const key = `${bus} ${place}`;
  if (seen.has(key))
    throw unsupported(`Found duplicate drive address for disk with target name '${nameOf(disk)}' ${place}`);
  seen.add(key);
}

function checkTarget(disk: DiskDef): void {
  if (/\d$/.test(nameOf(disk)))
    throw unsupported(`invalid disk target '${nameOf(disk)}', partitions can't appear in disk targets`);
  const bus = disk.target?.bus;
  if (disk.model === 'usb-bot') throw unsupported("disk model 'usb-bot' is not supported");
  if (disk.vendor !== undefined && bus !== 'scsi') throw unsupported("Only scsi disk supports 'vendor'");
  if (disk.product !== undefined && bus !== 'scsi' && bus !== 'sata' && bus !== 'ide')
    throw unsupported("Only scsi, ide and sata disks support 'product'");
  if (disk.wwn !== undefined && bus !== 'ide' && bus !== 'sata' && bus !== 'scsi')
    throw unsupported("Only ide and scsi disk support 'wwn'");
  if (disk.device === 'floppy' && bus !== 'fdc') throw unsupported(`floppy disk '${nameOf(disk)}' needs the bus 'fdc'`);
  if (disk.device === 'cdrom' && (bus === 'virtio' || bus === 'fdc'))
    throw unsupported(`disk type of '${nameOf(disk)}' does not support ejectable media`);
  if (disk.geometry?.cyls && disk.device === 'cdrom') throw unsupported('CD-ROM has no geometry');
}

const isEmpty = (disk: DiskDef): boolean => {
  const source = disk.source;
  return !(
    source?.file ||
    source?.dev ||
    source?.dir ||
    source?.name ||
    source?.volume ||
    source?.protocol ||
    source?.address ||
    source?.path
  );
};

const LUN_NETWORK = new Set(['iscsi']);

function checkDevice(disk: DiskDef): void {
  if (isEmpty(disk) && disk.device !== 'cdrom' && disk.device !== 'floppy')
    throw virError('XML_ERROR', `disk '${nameOf(disk)}' has no source`);
  if (isEmpty(disk) && disk.target?.bus === 'usb') throw unsupported("'usb' disk must not be empty");
  if (disk.device === 'lun') {
    const isPassthrough =
      disk.type === 'block' ||
      disk.type === 'volume' ||
      (disk.type === 'network' && LUN_NETWORK.has(disk.source?.protocol ?? ''));
    if (!isPassthrough) throw unsupported("disk device='lun' is only valid for block type disk source");
    if (disk.driver?.type !== undefined && disk.driver.type !== 'raw')
      throw unsupported("disk device 'lun' must use 'raw' format");
  }
}

function checkFormat(disk: DiskDef): void {
  const format = disk.driver?.type;
  if (format === 'dir')
    throw unsupported("'directory' storage format is not directly supported by QEMU, use 'dir' disk type instead");
  if (disk.shareable && format !== undefined && format !== 'raw')
    throw unsupported(`shared access for disk '${nameOf(disk)}' requires use of supported storage format`);
  if (disk.driver?.io === 'native' && disk.driver.cache !== 'none' && disk.driver.cache !== 'directsync')
    throw unsupported(
      'native I/O needs either no disk cache or directsync cache mode, QEMU will fallback to aio=threads',
    );
  const queues = disk.driver?.queues;
  if (queues !== undefined && disk.target?.bus !== 'virtio')
    throw unsupported('queues attribute in disk driver is only supported by virtio bus');
  if (disk.source?.protocol === 'sheepdog')
    throw unsupported("'sheepdog' protocol is no longer supported by any hypervisor driver");
}

function checkEncryption(disk: DiskDef): void {
  if (disk.encryption && disk.source?.encryption)
    throw unsupported('an <encryption> definition already found for disk source');
  const encryption = disk.encryption ?? disk.source?.encryption;
  if (!encryption) return;
  const format = disk.driver?.type;
  if (encryption.engine !== 'librbd' && format !== 'raw' && format !== 'qcow2')
    throw unsupported("encryption is supported only with 'raw' and 'qcow2' image format");
  if (encryption.cipher) throw unsupported('supplying <cipher> for domain disk definition is unnecessary');
  if (encryption.secrets.length === 0)
    throw virError('XML_ERROR', `the encryption of disk '${nameOf(disk)}' names no secret`);
}

const SECRET_TYPES: Readonly<Record<string, string>> = { iscsi: 'iscsi', rbd: 'ceph' };

function checkAuth(disk: DiskDef): void {
  if (disk.auth && disk.source?.auth) throw unsupported('an <auth> definition already found for disk source');
  checkSecretType(disk.source, disk.source?.auth ?? disk.auth);
}

function checkSecretType(source: DiskSourceDef | undefined, auth: DiskDef['auth']): void {
  const wanted = SECRET_TYPES[source?.protocol ?? ''];
  const type = auth?.secret?.type;
  if (wanted !== undefined && type !== undefined && type !== wanted) throw unsupported(`invalid secret type '${type}'`);
}

function checkIothreads(def: DomainDef, disk: DiskDef): void {
  const ids = new Set(def.iothreadids?.iothreads.map(({ id }) => id));
  for (let id = 1; ids.size < (def.iothreads ?? 0); id++) ids.add(id);
  const used = [disk.driver?.iothread, ...(disk.driver?.iothreads?.iothreads ?? []).map(({ id }) => id)];
  const isAsked = used.some((id) => id !== undefined);
  if (isAsked && disk.target?.bus !== 'virtio')
    throw unsupported(`IOThreads not available for bus ${disk.target?.bus} target ${nameOf(disk)}`);
  if (disk.driver?.iothread !== undefined && disk.driver.iothreads)
    throw unsupported("disk driver 'iothread' attribute can't be used together with 'iothreads' subelement");
  const missing = used.find((id) => id !== undefined && !ids.has(id));
  if (missing !== undefined) throw unsupported(`Disk iothread '${missing}' not defined in iothreadid`);
}

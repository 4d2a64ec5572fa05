// What is looked at on the host, and in the domain, before a device comes: the same as before a start (preflight.ts), for one device.
import { constants } from 'node:fs';
import { virError } from '../../../common/errors.ts';
import type { DeviceInfo } from '../../conf/address.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DevicesDef, DomainDef } from '../../conf/domain.ts';
import { diskPath } from '../../conf/domain-facts.ts';
import type { DeviceListKey } from '../../conf/edit-devices.ts';
import { withDevices } from '../../qemu/def/devices.ts';
import type { DriverContext } from '../context.ts';
import { assertDisksFree, checkFile, isReadOnlyDisk } from '../lifecycle/preflight.ts';
import type { DomainObj } from '../registry/domain-obj.ts';

/** The files that a device opens. Throws NO_STORAGE_VOL, INVALID_ARG, OPERATION_FAILED. */
export async function checkDeviceFiles(key: DeviceListKey, device: DeviceInfo): Promise<void> {
  if (key === 'disks') return checkDiskFile(device as DiskDef);
  if (key !== 'hostdevs') return;
  const { type, source } = device as DevicesDef['hostdevs'][number];
  const { bus, device: number } = source?.address ?? {};
  if (type !== 'usb' || bus === undefined) return;
  const path = `/dev/bus/usb/${bus.padStart(3, '0')}/${String(number ?? 0).padStart(3, '0')}`;
  await checkFile('the USB device', path, constants.R_OK | constants.W_OK);
}

export async function checkDiskFile(disk: DiskDef): Promise<void> {
  const path = diskPath(disk);
  if (path === undefined) return;
  const what = disk.device === 'cdrom' ? 'the CD image' : 'the disk';
  await checkFile(what, path, isReadOnlyDisk(disk) ? constants.R_OK : constants.R_OK | constants.W_OK);
}

/** Throws RESOURCE_BUSY where another running domain has what this one is to get. Synchronous: the claim follows without an await. */
export function assertDeviceFree(context: DriverContext, obj: DomainObj, key: DeviceListKey, device: DeviceInfo): void {
  if (key === 'disks')
    assertDisksFree(context, obj, withDevices(obj.live?.def ?? obj.def, { disks: [device as DiskDef] }));
  if (key === 'hostdevs') assertHostdevFree(context, obj, device as DevicesDef['hostdevs'][number]);
}

function assertHostdevFree(context: DriverContext, obj: DomainObj, hostdev: DevicesDef['hostdevs'][number]): void {
  const wanted = JSON.stringify(hostdev.source);
  const other = context.list
    .values()
    .find(({ live }) => live?.def.devices.hostdevs.some(({ source }) => JSON.stringify(source) === wanted));
  if (other)
    throw virError(
      'RESOURCE_BUSY',
      other === obj
        ? `domain '${obj.name}' has this host device already`
        : `this host device is in use by the running domain '${other.name}'; detach it there first`,
    );
}

/** Throws OPERATION_FAILED where `def` has a device of this name already. Validation finds the rest. */
export function assertNewDevice(def: DomainDef, key: DeviceListKey, device: DeviceInfo): void {
  if (key === 'disks') {
    const disk = device as DiskDef;
    if (def.devices.disks.some(({ target }) => target?.dev === disk.target?.dev))
      throw virError('OPERATION_FAILED', `domain '${def.name}' has a disk with target '${disk.target?.dev}' already`);
    const path = diskPath(disk);
    const twin = def.devices.disks.find((other) => path !== undefined && diskPath(other) === path);
    if (twin && !(isReadOnlyDisk(twin) && isReadOnlyDisk(disk)) && !(twin.shareable && disk.shareable))
      throw virError(
        'RESOURCE_BUSY',
        `domain '${def.name}' has ${path} already, as '${twin.target?.dev}'; two disks on one image would destroy it`,
      );
  }
  if (key === 'interfaces') {
    const mac = (device as DevicesDef['interfaces'][number]).mac?.address;
    if (mac !== undefined && def.devices.interfaces.some((other) => other.mac?.address === mac))
      throw virError('OPERATION_FAILED', `domain '${def.name}' has an interface with MAC address ${mac} already`);
  }
  if (key === 'channels') {
    const name = (device as DevicesDef['channels'][number]).target?.name;
    if (name !== undefined && def.devices.channels.some(({ target }) => target?.name === name))
      throw virError('OPERATION_FAILED', `domain '${def.name}' has a channel '${name}' already`);
  }
}

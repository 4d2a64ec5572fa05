// Rules about devices of the host (libvirt: virDomainHostdevDefValidate, qemuValidateDomainDeviceDefHostdev).

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { HostdevDef } from '../../conf/hostdev.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

export function validateHostdevs(def: DomainDef): void {
  const sources = new Set<string>();
  const places = new Set<string>();
  for (const hostdev of def.devices.hostdevs) {
    const source = sourceKey(hostdev);
    if (source !== undefined && sources.has(source))
      throw virError('XML_ERROR', 'Hostdev already exists in the domain configuration');
    if (source !== undefined) sources.add(source);
    if (hostdev.rawio !== undefined && hostdev.type !== 'scsi')
      throw virError('XML_ERROR', 'rawio is only supported for scsi host device');
    if (hostdev.type === 'scsi_host' && hostdev.boot?.order !== undefined)
      throw unsupported('booting from assigned devices is not supported by vhost SCSI devices');
    if (hostdev.type === 'mdev') checkMdev(def, hostdev);
    if (hostdev.type === 'scsi') checkScsiPlace(def, hostdev, places);
  }
  if (def.devices.hostdevs.filter(({ ramfb }) => ramfb).length > 1)
    throw unsupported("Only one vgpu device can have 'ramfb' enabled");
}

/** What tells two devices of the host apart. */
function sourceKey({ type, source }: HostdevDef): string | undefined {
  const { address, adapter, vendor, product, name } = source ?? {};
  if (type === 'usb' && address) return `usb ${address.bus}:${address.device}`;
  if (type === 'usb' && vendor) return `usb ${vendor.id}:${product?.id}`;
  if (type === 'pci' && address)
    return `pci ${address.domain ?? 0}:${address.bus}:${address.slot ?? 0}.${address.function ?? 0}`;
  if (type === 'scsi' && adapter)
    return `scsi ${adapter.name} ${address?.bus ?? 0}:${address?.target ?? 0}:${address?.unit ?? 0}`;
  if (type === 'mdev' && address?.uuid) return `mdev ${address.uuid}`;
  if (type === 'scsi_host' && source?.wwpn) return `vhost ${source.wwpn}`;
  if (type === 'scsi' && name) return `iscsi ${source?.hosts[0]?.name}:${source?.hosts[0]?.port} ${name}`;
  return undefined;
}

function checkMdev(def: DomainDef, hostdev: HostdevDef): void {
  if (hostdev.source?.address?.uuid === undefined) throw unsupported("Missing 'uuid' attribute for element <address>");
  if (hostdev.display && def.devices.graphics.length === 0)
    throw unsupported("graphics device is needed for attribute value 'display=on' in <hostdev>");
}

function checkScsiPlace(def: DomainDef, hostdev: HostdevDef, places: Set<string>): void {
  if (hostdev.address?.type !== 'drive') return;
  const { controller = 0, bus = 0, target = 0, unit = 0 } = hostdev.address;
  const place = `controller='${controller}' bus='${bus}' target='${target}' unit='${unit}'`;
  if (places.has(place)) throw unsupported(`SCSI host address ${place} in use by another SCSI host device`);
  places.add(place);
  const disk = def.devices.disks.find(
    ({ target: seen, address }) =>
      seen?.bus === 'scsi' &&
      address?.type === 'drive' &&
      `controller='${address.controller}' bus='${address.bus}' target='${address.target}' unit='${address.unit}'` ===
        place,
  );
  if (disk)
    throw unsupported(`using disk target name '${disk.target?.dev}' conflicts with SCSI host device address ${place}`);
}

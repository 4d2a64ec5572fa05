// Rules about the remaining devices (libvirt: src/conf/domain_validate.c, src/qemu/qemu_validate.c).

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { InterfaceDef } from '../../conf/interface.ts';
import { isQ35 } from './machine.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

export function validateDevices(def: DomainDef): void {
  for (const net of def.devices.interfaces) checkInterface(def, net);
  checkInputs(def);
  checkVideos(def);
  checkShmems(def);
  checkIommus(def);
  checkTpms(def);
  checkSingletons(def);
}

/** A guest has one of these at most. */
function checkSingletons({ devices }: DomainDef): void {
  const kinds = { memballoons: 'memory balloon', vsocks: 'vsock', nvrams: 'nvram', iommus: 'IOMMU' } as const;
  for (const [kind, name] of Object.entries(kinds) as [keyof typeof kinds, string][])
    if (devices[kind].length > 1) throw virError('XML_ERROR', `only a single ${name} device is supported`);
}

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

function sharesMemory(def: DomainDef): boolean {
  if (def.memoryBacking?.access?.mode === 'shared') return true;
  const cells = def.cpu?.numa?.cells ?? [];
  return cells.length > 0 && cells.every((cell) => cell.memAccess === 'shared');
}

function checkInterface(def: DomainDef, net: InterfaceDef): void {
  const isPasst = net.backend?.type === 'passt';
  if (net.portForwards.length > 0 && !isPasst)
    throw unsupported(
      "The <portForward> element can only be used with the 'passt' backend of interface type='user' or type='vhostuser'",
    );
  if (net.type === 'vhostuser' && isPasst && !sharesMemory(def))
    throw unsupported("'interface' requires shared memory");
  const sizes = [
    ['rx_queue_size', net.driver?.rxQueueSize],
    ['tx_queue_size', net.driver?.txQueueSize],
  ] as const;
  for (const [name, size] of sizes)
    if (size !== undefined && !isPowerOfTwo(size)) throw unsupported(`${name} has to be a power of two`);
  if (net.mac?.address !== undefined && Number.parseInt(net.mac.address.slice(0, 2), 16) & 1)
    throw virError('XML_ERROR', `expected unicast mac address, found multicast '${net.mac.address}'`);
  if (net.teaming?.type === 'persistent' && !net.model?.type?.startsWith('virtio'))
    throw unsupported("virtio-net failover (teaming) needs the model 'virtio'");
}

function checkInputs(def: DomainDef): void {
  const noUsb = def.devices.controllers.some(({ type, model }) => type === 'usb' && model === 'none');
  for (const input of def.devices.inputs) {
    if (input.bus === 'ps2' && def.features?.ps2?.state === false)
      throw unsupported('ps2 bus inputs require the ps2 feature not to be disabled');
    if (input.bus === 'ps2' && input.type === 'tablet')
      throw unsupported('ps2 bus does not support tablet input device');
    if (input.bus === 'usb' && noUsb) throw unsupported("Can't add USB input device. USB bus is disabled");
    if (input.model?.endsWith('transitional') && input.type !== 'passthrough')
      throw unsupported(`virtio (non-)transitional models are not supported for input type=${input.type}`);
  }
  const hubs = def.devices.hubs.length > 0;
  if (hubs && noUsb) throw unsupported("Can't add USB hub: USB is disabled for this domain");
}

function checkVideos(def: DomainDef): void {
  const { videos } = def.devices;
  if (videos.length > 1 && videos.some((video) => video.model?.type === 'none'))
    throw unsupported("a 'none' video type must be the only video device defined for the domain");
  for (const [index, video] of videos.entries()) {
    const type = video.model?.type ?? '';
    if (type === 'ramfb' && video.address) throw unsupported('address not supported for video type ramfb');
    if (index > 0 && type !== 'qxl' && type !== 'virtio' && type !== 'bochs' && type !== 'ramfb')
      throw unsupported(`video type '${type}' is only valid as primary video device`);
  }
}

function checkShmems(def: DomainDef): void {
  for (const { size } of def.devices.shmems) {
    if (size !== undefined && (size < 1024 * 1024 || !isPowerOfTwo(size)))
      throw virError('XML_ERROR', 'shmem size must be a power of 2 and at least 1 MiB (1024 KiB)');
  }
}

function checkIommus(def: DomainDef): void {
  for (const { model, driver } of def.devices.iommus) {
    if (model === 'virtio' && driver)
      throw virError('XML_ERROR', `iommu model '${model}' doesn't support additional attributes`);
    if (!isQ35(def)) throw unsupported(`IOMMU device: '${model}' is only supported with Q35 machines`);
  }
}

function checkTpms(def: DomainDef): void {
  for (const tpm of def.devices.tpms) {
    if (!tpm.backend) throw virError('XML_ERROR', 'missing TPM device backend');
    if (tpm.model === 'tpm-spapr' || tpm.model === 'spapr-tpm-proxy')
      throw unsupported(`TPM model '${tpm.model}' is not available on this architecture`);
    if (tpm.model === 'tpm-crb' && tpm.backend.version === '1.2')
      throw unsupported("Unsupported interface 'tpm-crb' for TPM 1.2");
  }
}

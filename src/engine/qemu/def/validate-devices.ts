// Rules about the remaining devices (libvirt: src/conf/domain_validate.c, src/qemu/qemu_validate.c).

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { InterfaceDef } from '../../conf/interface.ts';
import { isQ35 } from './machine.ts';
import { sharesMemory } from './shared-memory.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

export function validateDevices(def: DomainDef): void {
  for (const net of def.devices.interfaces) checkInterface(def, net);
  checkInputs(def);
  checkVideos(def);
  checkShmems(def);
  checkIommus(def);
  checkTpms(def);
  checkSingletons(def);
  checkGraphics(def);
  checkWatchdogs(def);
  checkFilesystems(def);
}

/** QEMU shows a guest once in each way. */
function checkGraphics({ devices }: DomainDef): void {
  for (const type of ['sdl', 'vnc', 'spice', 'egl-headless', 'dbus']) {
    if (devices.graphics.filter((graphics) => graphics.type === type).length > 1)
      throw unsupported('only 1 graphics device of each type (sdl, vnc, spice, headless, dbus) is supported');
  }
}

function checkWatchdogs(def: DomainDef): void {
  const actions = new Set(def.devices.watchdogs.map(({ action }) => action));
  if (actions.size > 1) throw unsupported('watchdogs with different actions are not supported with this QEMU binary');
  for (const { model } of def.devices.watchdogs) {
    if (model === 'itco' && !isQ35(def)) throw unsupported('iTCO watchdog is only supported on q35');
    if (model === 'diag288') throw unsupported('diag288 watchdog is not supported on this architecture');
  }
}

function checkFilesystems(def: DomainDef): void {
  const tags = new Set<string>();
  for (const fs of def.devices.filesystems) {
    const tag = fs.target?.dir ?? '';
    if (tag === '') throw virError('XML_ERROR', 'a filesystem needs a target');
    if (tags.has(tag)) throw unsupported(`filesystem target '${tag}' specified twice`);
    tags.add(tag);
    if (fs.type !== 'mount') throw unsupported('only supports mount filesystem type');
    if (fs.driver?.type !== 'virtiofs') continue;
    if (!sharesMemory(def)) throw unsupported("'virtiofs' requires shared memory");
    if (fs.accessmode !== undefined && fs.accessmode !== 'passthrough')
      throw unsupported('virtiofs only supports passthrough accessmode');
    if (fs.multidevs !== undefined && fs.multidevs !== 'default')
      throw unsupported('virtiofs does not support multidevs');
    if (fs.fmode !== undefined || fs.dmode !== undefined)
      throw unsupported('virtiofs does not support fmode and dmode');
  }
}

/** A guest has one of these at most. */
function checkSingletons({ devices }: DomainDef): void {
  const kinds = { memballoons: 'memory balloon', vsocks: 'vsock', nvrams: 'nvram', iommus: 'IOMMU' } as const;
  for (const [kind, name] of Object.entries(kinds) as [keyof typeof kinds, string][])
    if (devices[kind].length > 1) throw virError('XML_ERROR', `only a single ${name} device is supported`);
}

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

/** What each type must name of its other end. */
function checkEnd(net: InterfaceDef): void {
  const { type, source } = net;
  const need = (what: string, value: unknown): void => {
    if (value === undefined || value === '')
      throw virError('XML_ERROR', `No <source> '${what}' attribute specified with <interface type='${type}'/>`);
  };
  switch (type) {
    case 'bridge':
      return need('bridge', source?.bridge);
    case 'network':
      return need('network', source?.network);
    case 'direct':
    case 'vdpa':
      return need('dev', source?.dev);
    case 'client':
    case 'mcast':
    case 'udp':
      need('address', source?.address);
      return need('port', source?.port);
    case 'server':
      return need('port', source?.port);
    case 'hostdev':
      return need('address', source?.hostAddress);
    case 'vhostuser':
      return net.backend?.type === 'passt' ? undefined : need('path', source?.path);
    default:
  }
}

function checkInterface(def: DomainDef, net: InterfaceDef): void {
  checkEnd(net);
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
    if (input.bus === 'none' || input.bus === 'xen' || input.bus === 'parallels')
      throw unsupported(`input bus '${input.bus}' is not supported with QEMU`);
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
    if (driver?.intremap && def.features?.ioapic?.driver !== 'qemu')
      throw unsupported("IOMMU interrupt remapping requires split I/O APIC (ioapic driver='qemu')");
    if (driver?.eim && !driver.intremap) throw unsupported('IOMMU eim requires interrupt remapping to be enabled');
    if (!isQ35(def)) throw unsupported(`IOMMU device: '${model}' is only supported with Q35 machines`);
  }
}

function checkTpms(def: DomainDef): void {
  if (def.devices.tpms.length > 1) throw unsupported('only a single TPM non-proxy device is supported');
  for (const tpm of def.devices.tpms) {
    if (!tpm.backend) throw virError('XML_ERROR', 'missing TPM device backend');
    if (tpm.model === 'tpm-spapr' || tpm.model === 'spapr-tpm-proxy')
      throw unsupported(`TPM model '${tpm.model}' is not available on this architecture`);
    if (tpm.model === 'tpm-crb' && tpm.backend.version === '1.2')
      throw unsupported("Unsupported interface 'tpm-crb' for TPM 1.2");
  }
}

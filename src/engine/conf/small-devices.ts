// The devices that are one line each: input, hub, watchdog, balloon, rng, panic, nvram, vsock, crypto, shmem, iommu, tpm, lease.
import { deviceInfo, virtioOptions } from './address.ts';
import { chardevBackend } from './chardev.ts';
import { attr, child, element, flag, group, type Infer, kept, required, sizeIn, sizeOf, text, value } from './codec.ts';
import { VIRTIO_MODELS } from './disk.ts';
import { bitmap, choice, hexText, onOff, str, uint, uint32, uuid, yesNo } from './scalar.ts';

export const input = element({
  type: required(attr('type', choice(['mouse', 'tablet', 'keyboard', 'passthrough', 'evdev']))),
  bus: attr('bus', choice(['ps2', 'usb', 'xen', 'parallels', 'virtio', 'none'])),
  model: attr('model', choice(VIRTIO_MODELS)),
  driver: group('driver', virtioOptions),
  source: group('source', {
    evdev: attr('evdev', str),
    dev: attr('dev', str),
    grab: attr('grab', choice(['all'])),
    grabToggle: attr(
      'grabToggle',
      choice(['ctrl-ctrl', 'alt-alt', 'shift-shift', 'meta-meta', 'scrolllock', 'ctrl-scrolllock']),
    ),
    repeat: attr('repeat', onOff),
  }),
  ...deviceInfo,
});
export type InputDef = Infer<typeof input>;

export const hub = element({ type: required(attr('type', choice(['usb']))), ...deviceInfo });
export type HubDef = Infer<typeof hub>;

export const WATCHDOG_ACTIONS = ['reset', 'shutdown', 'poweroff', 'pause', 'dump', 'none', 'inject-nmi'] as const;
export const watchdog = element({
  model: required(attr('model', choice(['i6300esb', 'ib700', 'diag288', 'itco']))),
  action: attr('action', choice(WATCHDOG_ACTIONS)),
  ...deviceInfo,
});
export type WatchdogDef = Infer<typeof watchdog>;

export const memballoon = element({
  model: required(attr('model', choice([...VIRTIO_MODELS, 'xen', 'none']))),
  autodeflate: attr('autodeflate', onOff),
  freePageReporting: attr('freePageReporting', onOff),
  stats: group('stats', { period: attr('period', uint) }),
  ...deviceInfo,
  driver: group('driver', virtioOptions),
});
export type MemballoonDef = Infer<typeof memballoon>;

const rngBackend = element({
  model: required(attr('model', choice(['random', 'egd', 'builtin']))),
  ...chardevBackend,
  path: text(str),
});
export const rng = element({
  model: required(attr('model', choice(VIRTIO_MODELS))),
  rate: group('rate', { bytes: attr('bytes', uint32), period: attr('period', uint32) }),
  backend: required(child('backend', rngBackend)),
  driver: group('driver', virtioOptions),
  ...deviceInfo,
});
export type RngDef = Infer<typeof rng>;

export const panic = element({
  model: attr('model', choice(['isa', 'pseries', 'hyperv', 's390', 'pvpanic'])),
  ...deviceInfo,
});
export type PanicDef = Infer<typeof panic>;

export const nvramDevice = element(deviceInfo);

export const vsock = element({
  model: attr('model', choice(VIRTIO_MODELS)),
  cid: group('cid', { auto: attr('auto', yesNo), address: attr('address', uint32) }),
  ...deviceInfo,
  driver: group('driver', virtioOptions),
});
export type VsockDef = Infer<typeof vsock>;

export const crypto = element({
  model: required(attr('model', choice(['virtio']))),
  type: required(attr('type', choice(['qemu']))),
  backend: kept(
    'backend',
    element({ model: required(attr('model', choice(['builtin', 'lkcf']))), queues: attr('queues', uint) }),
  ),
  ...deviceInfo,
  driver: group('driver', virtioOptions),
});
export type CryptoDef = Infer<typeof crypto>;

export const shmem = element({
  name: required(attr('name', str)),
  role: attr('role', choice(['peer', 'master'])),
  model: group('model', { type: attr('type', choice(['ivshmem', 'ivshmem-plain', 'ivshmem-doorbell'])) }),
  size: child('size', sizeIn('M')),
  server: kept('server', element({ path: attr('path', str) })),
  msi: kept(
    'msi',
    element({ enabled: attr('enabled', onOff), vectors: attr('vectors', uint), ioeventfd: attr('ioeventfd', onOff) }),
  ),
  ...deviceInfo,
});
export type ShmemDef = Infer<typeof shmem>;

export const iommu = element({
  model: required(attr('model', choice(['intel', 'smmuv3', 'virtio', 'amd']))),
  driver: group('driver', {
    intremap: attr('intremap', onOff),
    cachingMode: attr('caching_mode', onOff),
    eim: attr('eim', onOff),
    iotlb: attr('iotlb', onOff),
    awBits: attr('aw_bits', uint),
    dmaTranslation: attr('dma_translation', onOff),
    xtsup: attr('xtsup', onOff),
    passthrough: attr('passthrough', onOff),
  }),
  ...deviceInfo,
});
export type IommuDef = Infer<typeof iommu>;

export const tpm = element({
  model: attr('model', choice(['tpm-tis', 'tpm-crb', 'tpm-spapr', 'spapr-tpm-proxy'])),
  backend: group('backend', {
    type: required(attr('type', choice(['passthrough', 'emulator', 'external']))),
    version: attr('version', choice(['1.2', '2.0'])),
    persistentState: attr('persistent_state', yesNo),
    debug: attr('debug', uint),
    device: group('device', { path: attr('path', str) }),
    encryption: group('encryption', { secret: attr('secret', uuid) }),
    activePcrBanks: group('active_pcr_banks', {
      sha1: flag('sha1'),
      sha256: flag('sha256'),
      sha384: flag('sha384'),
      sha512: flag('sha512'),
    }),
    source: group('source', {
      type: attr('type', choice(['unix', 'dir', 'file'])),
      mode: attr('mode', str),
      path: attr('path', str),
    }),
    profile: group('profile', {
      source: attr('source', str),
      removeDisabled: attr('removeDisabled', str),
      name: attr('name', str),
    }),
  }),
  ...deviceInfo,
});
export type TpmDef = Infer<typeof tpm>;

export const lease = element({
  lockspace: value('lockspace', str),
  key: value('key', str),
  target: group('target', { path: attr('path', str), offset: attr('offset', uint) }),
});

export const memoryDevice = element({
  model: required(attr('model', choice(['dimm', 'nvdimm', 'virtio-pmem', 'virtio-mem', 'sgx-epc']))),
  access: attr('access', choice(['shared', 'private'])),
  discard: attr('discard', yesNo),
  uuid: value('uuid', uuid),
  source: group('source', {
    nodemask: value('nodemask', bitmap),
    pagesize: child('pagesize', sizeOf('KiB')),
    path: value('path', str),
    alignsize: child('alignsize', sizeOf('KiB')),
    pmem: flag('pmem'),
  }),
  target: group('target', {
    dynamicMemslots: attr('dynamicMemslots', yesNo),
    size: child('size', sizeOf('KiB')),
    node: value('node', uint),
    label: group('label', { size: child('size', sizeOf('KiB')) }),
    block: child('block', sizeOf('KiB')),
    requested: child('requested', sizeOf('KiB')),
    current: child('current', sizeOf('KiB')),
    address: group('address', { base: attr('base', hexText) }),
    readonly: flag('readonly'),
  }),
  ...deviceInfo,
});
export type MemoryDeviceDef = Infer<typeof memoryDevice>;

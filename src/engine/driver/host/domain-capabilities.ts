// <domainCapabilities> of an emulator and a machine (src/conf/domain_capabilities.c): every value that a definition may have here, and none that it may not. Pure.
import type { QemuCapabilities, QemuMachine } from '../../qemu/def/capabilities.ts';
import type { FirmwareDescriptor } from '../../qemu/def/firmware-descriptor.ts';
import { element, type Lines, textElement } from '../xml-lines.ts';

interface HostFacts {
  readonly emulator: string;
  readonly virtType: 'kvm' | 'qemu';
  readonly machine: QemuMachine;
  readonly firmwares: readonly FirmwareDescriptor[];
}

/** A value, and the flags of which one must be there for it. */
type Candidate = readonly [value: string, ...flags: readonly string[]];

const enumeration = (name: string, values: readonly string[]): Lines =>
  element('enum', { name }, ...values.map((value) => textElement('value', value)));

const supported = (name: string, ...children: readonly Lines[]): Lines =>
  element(name, { supported: 'yes' }, ...children);

const VIDEO: readonly Candidate[] = [
  ['vga', 'VGA'],
  ['cirrus', 'CIRRUS_VGA'],
  ['vmvga', 'VMWARE_SVGA'],
  ['qxl', 'QXL'],
  ['virtio', 'DEVICE_VIRTIO_GPU', 'DEVICE_VIRTIO_VGA'],
  ['none'],
  ['bochs', 'DEVICE_BOCHS_DISPLAY'],
  ['ramfb', 'DEVICE_RAMFB'],
];
const GRAPHICS: readonly Candidate[] = [
  ['sdl', 'SDL'],
  ['vnc', 'VNC'],
  ['spice', 'SPICE'],
  ['egl-headless', 'EGL_HEADLESS_RENDERNODE'],
  ['dbus', 'DISPLAY_DBUS'],
];
const RNG: readonly Candidate[] = [
  ['random', 'OBJECT_RNG_RANDOM'],
  ['egd', 'OBJECT_RNG_EGD'],
  ['builtin', 'OBJECT_RNG_BUILTIN'],
];
const MEMORY: readonly Candidate[] = [['file', 'OBJECT_MEMORY_FILE'], ['anonymous'], ['memfd', 'OBJECT_MEMORY_MEMFD']];
const VIRTIO = ['virtio', 'virtio-transitional', 'virtio-non-transitional'];

function formatFirmware(firmwares: readonly FirmwareDescriptor[], arch: string): Lines {
  const uefi = firmwares.filter(
    ({ interfaceTypes, targets, mapping }) =>
      interfaceTypes.includes('uefi') &&
      mapping.executable &&
      targets.some(({ architecture }) => architecture === arch),
  );
  const paths = [...new Set(uefi.flatMap(({ mapping }) => mapping.executable?.filename ?? []))];
  const isSecure = uefi.some(({ features }) => features.includes('secure-boot'));
  return supported(
    'os',
    enumeration('firmware', uefi.length > 0 ? ['bios', 'efi'] : ['bios']),
    supported(
      'loader',
      ...paths.map((path) => textElement('value', path)),
      enumeration('type', ['rom', 'pflash']),
      enumeration('readonly', ['yes', 'no']),
      enumeration('secure', isSecure ? ['yes', 'no'] : ['no']),
    ),
  );
}

/** What a definition may name. QEMU's versions of models (EPYC-v1) are models to it, and none to libvirt. */
export const namedModels = (caps: QemuCapabilities): QemuCapabilities['cpus'] =>
  caps.cpus.filter(({ name }) => name !== 'host' && name !== 'max' && !/-v\d+$/.test(name));

const formatCpu = (caps: QemuCapabilities, virtType: HostFacts['virtType']): Lines =>
  element(
    'cpu',
    {},
    element('mode', { name: 'host-passthrough', supported: virtType === 'kvm' ? 'yes' : 'no' }),
    element('mode', { name: 'maximum', supported: 'yes' }),
    element(
      'mode',
      { name: 'custom', supported: 'yes' },
      ...namedModels(caps).map(({ name, usable, deprecated }) =>
        textElement('model', name, { usable: usable ? 'yes' : 'no', deprecated: deprecated ? 'yes' : undefined }),
      ),
    ),
  );

function formatDevices(caps: QemuCapabilities, has: (candidate: Candidate) => boolean, isQ35: boolean): Lines {
  const values = (candidates: readonly Candidate[]): readonly string[] =>
    candidates.filter(has).map(([value]) => value);
  const buses: readonly Candidate[] = [
    ...(isQ35 ? [] : [['ide'] as const]),
    ['fdc'],
    ['scsi'],
    ['virtio'],
    ['usb'],
    ['sata', 'ICH9_AHCI'],
  ];
  return element(
    'devices',
    {},
    supported(
      'disk',
      enumeration('diskDevice', ['disk', 'cdrom', 'floppy', 'lun']),
      enumeration('bus', values(buses)),
      enumeration('model', VIRTIO),
    ),
    supported('graphics', enumeration('type', values(GRAPHICS))),
    supported('video', enumeration('modelType', values(VIDEO))),
    supported(
      'hostdev',
      enumeration('mode', ['subsystem']),
      enumeration('startupPolicy', ['default', 'mandatory', 'requisite', 'optional']),
      enumeration('subsysType', ['usb', 'pci', 'scsi']),
    ),
    supported('rng', enumeration('model', VIRTIO), enumeration('backendModel', values(RNG))),
    supported('filesystem', enumeration('driverType', values([['path'], ['virtiofs', 'DEVICE_VHOST_USER_FS']]))),
    supported(
      'tpm',
      enumeration('model', [...caps.tpmModels].reverse()),
      enumeration('backendModel', caps.tpmTypes),
      enumeration('backendVersion', ['1.2', '2.0']),
    ),
    supported('redirdev', enumeration('bus', ['usb'])),
    supported('channel', enumeration('type', values([['pty'], ['unix'], ['spicevmc', 'SPICE']]))),
    supported('interface', enumeration('backendType', values([['default'], ['passt', 'NETDEV_STREAM']]))),
  );
}

export function formatDomainCapabilities(caps: QemuCapabilities, host: HostFacts): Lines {
  const { emulator, virtType, machine, firmwares } = host;
  const has = ([, ...flags]: Candidate): boolean =>
    flags.length === 0 || flags.some((flag) => caps.flags.includes(flag));
  const isQ35 = machine.name.startsWith('pc-q35') || machine.alias === 'q35';
  return element(
    'domainCapabilities',
    {},
    textElement('path', emulator),
    textElement('domain', virtType),
    textElement('machine', machine.name),
    textElement('arch', caps.arch),
    element('vcpu', { max: machine.maxCpus }),
    element('iothreads', { supported: 'yes' }),
    formatFirmware(firmwares, caps.arch),
    formatCpu(caps, virtType),
    supported(
      'memoryBacking',
      enumeration(
        'sourceType',
        MEMORY.filter(has).map(([value]) => value),
      ),
    ),
    formatDevices(caps, has, isQ35),
    element(
      'features',
      {},
      element('gic', { supported: 'no' }),
      element('vmcoreinfo', { supported: has(['', 'DEVICE_VMCOREINFO']) ? 'yes' : 'no' }),
      element('genid', { supported: has(['', 'DEVICE_VMGENID']) ? 'yes' : 'no' }),
      element('backingStoreInput', { supported: 'yes' }),
      element('sev', { supported: 'no' }),
      element('sgx', { supported: 'no' }),
    ),
  );
}

// <controller> (libvirt: virDomainControllerDefFormat). `model` is free text here; which models a type has is checked in qemu/def.
import { deviceInfo, virtioOptions } from './address.ts';
import { attr, child, element, group, type Infer, list, required, sizeOf, value } from './codec.ts';
import { choice, hex, onOff, str, uint, uint8 } from './scalar.ts';

export const CONTROLLER_TYPES = [
  'ide',
  'fdc',
  'scsi',
  'sata',
  'virtio-serial',
  'ccid',
  'usb',
  'pci',
  'xenbus',
  'isa',
  'nvme',
] as const;
export type ControllerType = (typeof CONTROLLER_TYPES)[number];

export const PCI_MODELS = [
  'pci-root', 'pcie-root', 'pci-bridge', 'dmi-to-pci-bridge', 'pcie-to-pci-bridge', 'pcie-root-port', 'pcie-switch-upstream-port',
  'pcie-switch-downstream-port', 'pci-expander-bus', 'pcie-expander-bus',
] as const; // biome-ignore format: a table
export type PciModel = (typeof PCI_MODELS)[number];

/** The models of each type; a type that is not here has none. */
// biome-ignore format: a table
export const CONTROLLER_MODELS: Readonly<Partial<Record<ControllerType, readonly string[]>>> = {
  pci: PCI_MODELS,
  usb: [
    'piix3-uhci', 'piix4-uhci', 'ehci', 'ich9-ehci1', 'ich9-uhci1', 'ich9-uhci2', 'ich9-uhci3', 'vt82c686b-uhci', 'pci-ohci', 'nec-xhci', 'qusb1',
    'qusb2', 'qemu-xhci', 'none',
  ],
  scsi: [
    'auto', 'buslogic', 'lsilogic', 'lsisas1068', 'vmpvscsi', 'ibmvscsi', 'virtio-scsi', 'lsisas1078', 'virtio-transitional',
    'virtio-non-transitional', 'ncr53c90', 'dc390', 'am53c974',
  ],
  'virtio-serial': ['virtio', 'virtio-transitional', 'virtio-non-transitional'],
  ide: ['piix3', 'piix4', 'ich6'],
};

const iothread = element({ id: required(attr('id', uint)), queues: list('queue', element({ id: attr('id', uint) })) });

export const controller = element({
  type: required(attr('type', choice(CONTROLLER_TYPES))),
  index: attr('index', uint),
  model: attr('model', str),
  ports: attr('ports', uint),
  vectors: attr('vectors', uint),
  maxGrantFrames: attr('maxGrantFrames', uint),
  maxEventChannels: attr('maxEventChannels', uint),
  serial: value('serial', str),
  modelName: group('model', { name: attr('name', str) }),
  target: group('target', {
    chassisNr: attr('chassisNr', uint8),
    chassis: attr('chassis', uint8),
    port: attr('port', hex(1, 255)),
    busNr: attr('busNr', uint8),
    index: attr('index', uint),
    hotplug: attr('hotplug', onOff),
    memReserve: attr('memReserve', uint),
    node: value('node', uint),
  }),
  driver: group('driver', {
    queues: attr('queues', uint),
    cmdPerLun: attr('cmd_per_lun', uint),
    maxSectors: attr('max_sectors', uint),
    ioeventfd: attr('ioeventfd', onOff),
    iothread: attr('iothread', uint),
    ...virtioOptions,
    iothreads: group('iothreads', { iothreads: list('iothread', iothread) }),
  }),
  ...deviceInfo,
  pcihole64: child('pcihole64', sizeOf('KiB')),
});
export type ControllerDef = Infer<typeof controller>;

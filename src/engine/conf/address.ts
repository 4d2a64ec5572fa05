// Where a device sits in the guest: <address type='…'> (libvirt: src/conf/device_conf.c), a union on its type.
import { attr, child, element, type Fields, group, type Infer, required, variants } from './codec.ts';
import { hex, hexText, onOff, positive, str, uint, uint32, yesNo } from './scalar.ts';

const pciFields = {
  domain: attr('domain', hex(4, 0xffffffff)),
  bus: attr('bus', hex(2)),
  slot: attr('slot', hex(2, 31)),
  function: attr('function', hex(1, 7)),
  multifunction: attr('multifunction', onOff),
} as const satisfies Fields;

/** A PCI address by itself, as host devices name their source. */
export const pciAddress = element(pciFields);

export const address = variants('type', {
  pci: { ...pciFields, zpci: group('zpci', { uid: attr('uid', hex(4)), fid: attr('fid', hex(8)) }) },
  drive: {
    controller: attr('controller', uint32),
    bus: attr('bus', uint32),
    target: attr('target', uint32),
    unit: attr('unit', uint32),
  },
  'virtio-serial': { controller: attr('controller', uint32), bus: attr('bus', uint32), port: attr('port', uint32) },
  ccid: { controller: attr('controller', uint32), slot: attr('slot', uint32) },
  usb: { bus: attr('bus', uint32), port: attr('port', str) },
  'spapr-vio': { reg: attr('reg', hexText) },
  'virtio-s390': {},
  ccw: { cssid: attr('cssid', hex(1, 0xfe)), ssid: attr('ssid', hex(1, 3)), devno: attr('devno', hex(4)) },
  'virtio-mmio': {},
  isa: { iobase: attr('iobase', hex(1, 0xffff)), irq: attr('irq', hex(1, 255)) },
  dimm: { slot: attr('slot', uint32), base: attr('base', hexText) },
  unassigned: {},
});
export type Address = Infer<typeof address>;
export type AddressType = Address['type'];
export type PciAddress = Extract<Address, { type: 'pci' }>;
export type DriveAddress = Extract<Address, { type: 'drive' }>;
export type UsbAddress = Extract<Address, { type: 'usb' }>;
export type VirtioSerialAddress = Extract<Address, { type: 'virtio-serial' }>;

/** What every device has at its end, in libvirt's order (virDomainDeviceInfoFormat). */
export const deviceInfo = {
  boot: group('boot', { order: attr('order', positive), loadparm: attr('loadparm', str) }),
  alias: child('alias', element({ name: required(attr('name', str)) })),
  master: group('master', { startport: attr('startport', uint) }),
  rom: group('rom', { bar: attr('bar', onOff), file: attr('file', str), enabled: attr('enabled', yesNo) }),
  acpi: group('acpi', { index: attr('index', positive) }),
  address: child('address', address),
} as const satisfies Fields;

const deviceInfoCodec = element(deviceInfo);
export type DeviceInfo = Omit<Infer<typeof deviceInfoCodec>, 'unknown'>;

/** Options of any virtio device, on its <driver>. */
export const virtioOptions = {
  iommu: attr('iommu', onOff),
  ats: attr('ats', onOff),
  packed: attr('packed', onOff),
  pagePerVq: attr('page_per_vq', onOff),
} as const satisfies Fields;

export const virtioDriver = element(virtioOptions);
export type VirtioOptions = Omit<Infer<typeof virtioDriver>, 'unknown'>;

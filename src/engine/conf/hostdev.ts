// <hostdev> (libvirt: virDomainHostdevDefFormatSubsys): a device of the host given to the guest; and <redirdev>, a USB device from a viewer.
import { deviceInfo, virtioOptions } from './address.ts';
import { chardevBackend } from './chardev.ts';
import { attr, child, element, flag, group, type Infer, list } from './codec.ts';
import { auth, storageHost } from './disk-source.ts';
import { choice, hex, onOff, str, uint, upperHex, uuid, yesNo } from './scalar.ts';

const source = element({
  startupPolicy: attr('startupPolicy', choice(['mandatory', 'requisite', 'optional'])),
  guestReset: attr('guestReset', choice(['off', 'uninitialized', 'on'])),
  writeFiltering: attr('writeFiltering', yesNo),
  protocol: attr('protocol', choice(['iscsi', 'vhost'])),
  name: attr('name', str),
  wwpn: attr('wwpn', str),
  vendor: group('vendor', { id: attr('id', hex(4)) }),
  product: group('product', { id: attr('id', hex(4)) }),
  adapter: group('adapter', { name: attr('name', str) }),
  hosts: list('host', storageHost),
  auth: child('auth', auth),
  initiator: group('initiator', { iqn: group('iqn', { name: attr('name', str) }) }),
  address: child(
    'address',
    element({
      type: attr('type', str),
      domain: attr('domain', hex(4)),
      bus: attr('bus', str),
      slot: attr('slot', hex(2, 31)),
      function: attr('function', hex(1, 7)),
      device: attr('device', uint),
      target: attr('target', uint),
      unit: attr('unit', uint),
      port: attr('port', str),
      uuid: attr('uuid', uuid),
    }),
  ),
});

export const hostdev = element({
  mode: attr('mode', choice(['subsystem', 'capabilities'])),
  type: attr('type', choice(['usb', 'pci', 'scsi', 'scsi_host', 'mdev', 'storage', 'misc', 'net'])),
  managed: attr('managed', yesNo),
  sgio: attr('sgio', choice(['filtered', 'unfiltered'])),
  rawio: attr('rawio', yesNo),
  model: attr('model', str),
  display: attr('display', onOff),
  ramfb: attr('ramfb', onOff),
  driver: group('driver', {
    name: attr('name', choice(['vfio', 'kvm', 'xen'])),
    model: attr('model', str),
    iommufd: attr('iommufd', yesNo),
    ...virtioOptions,
  }),
  source: child('source', source),
  teaming: group('teaming', {
    type: attr('type', choice(['persistent', 'transient'])),
    persistent: attr('persistent', str),
  }),
  readonly: flag('readonly'),
  shareable: flag('shareable'),
  ...deviceInfo,
});
export type HostdevDef = Infer<typeof hostdev>;

export const redirdev = element({ bus: attr('bus', choice(['usb'])), ...chardevBackend, ...deviceInfo });
export type RedirdevDef = Infer<typeof redirdev>;

export const redirfilter = element({
  rules: list(
    'usbdev',
    element({
      class: attr('class', upperHex(2)),
      vendor: attr('vendor', upperHex(4)),
      product: attr('product', upperHex(4)),
      version: attr('version', str),
      allow: attr('allow', yesNo),
    }),
  ),
});

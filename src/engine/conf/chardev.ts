// Character devices: <serial>, <parallel>, <console>, <channel>, and the backend that smart cards, redirected devices and rngs share
// (libvirt: virDomainChrSourceDefFormat, virDomainChrDefFormat).
import { deviceInfo } from './address.ts';
import { attr, child, element, type Fields, group, type Infer, list, textOf, value } from './codec.ts';
import { choice, onOff, str, uint, yesNo } from './scalar.ts';
import { deviceSeclabel } from './seclabel.ts';

export const CHARDEV_TYPES = [
  'null', 'vc', 'pty', 'dev', 'file', 'pipe', 'stdio', 'udp', 'tcp', 'unix', 'spicevmc', 'spiceport', 'nmdm', 'qemu-vdagent', 'dbus',
] as const; // biome-ignore format: a table
export type ChardevType = (typeof CHARDEV_TYPES)[number];

export const reconnect = element({ enabled: attr('enabled', yesNo), timeout: attr('timeout', uint) });

export const chardevSource = element({
  mode: attr('mode', choice(['connect', 'bind', 'client', 'server'])),
  host: attr('host', str),
  service: attr('service', str),
  tls: attr('tls', yesNo),
  path: attr('path', str),
  append: attr('append', onOff),
  channel: attr('channel', str),
  master: attr('master', str),
  slave: attr('slave', str),
  clipboard: group('clipboard', { copypaste: attr('copypaste', yesNo) }),
  mouse: group('mouse', { mode: attr('mode', choice(['server', 'client'])) }),
  reconnect: child('reconnect', reconnect),
  seclabels: list('seclabel', deviceSeclabel),
});
export type ChardevSource = Infer<typeof chardevSource>;

/** Backend fields, for every element whose `type` names a chardev. `sources` has two entries for udp (connect, bind). */
export const chardevBackend = {
  type: attr('type', choice(CHARDEV_TYPES)),
  tty: attr('tty', str),
  sources: list('source', chardevSource),
  protocol: group('protocol', { type: attr('type', choice(['raw', 'telnet', 'telnets', 'tls'])) }),
  log: group('log', { file: attr('file', str), append: attr('append', onOff) }),
} as const satisfies Fields;
export const chardevBackendCodec = element(chardevBackend);
export type ChardevBackend = Infer<typeof chardevBackendCodec>;

export const SERIAL_TARGETS = [
  'isa-serial',
  'usb-serial',
  'pci-serial',
  'spapr-vio-serial',
  'system-serial',
  'sclp-serial',
  'isa-debug',
] as const;

export const serial = element({
  ...chardevBackend,
  target: group('target', {
    type: attr('type', choice(SERIAL_TARGETS)),
    port: attr('port', uint),
    model: group('model', { name: attr('name', str) }),
  }),
  ...deviceInfo,
});
export type SerialDef = Infer<typeof serial>;

export const parallel = element({
  ...chardevBackend,
  target: group('target', { type: attr('type', str), port: attr('port', uint) }),
  ...deviceInfo,
});
export type ParallelDef = Infer<typeof parallel>;

export const CONSOLE_TARGETS = ['serial', 'xen', 'uml', 'virtio', 'lxc', 'openvz', 'sclp', 'sclplm'] as const;
export const console = element({
  ...chardevBackend,
  target: group('target', { type: attr('type', choice(CONSOLE_TARGETS)), port: attr('port', uint) }),
  ...deviceInfo,
});
export type ConsoleDef = Infer<typeof console>;

export const channel = element({
  ...chardevBackend,
  target: group('target', {
    type: attr('type', choice(['guestfwd', 'virtio', 'xen', 'none'])),
    address: attr('address', str),
    port: attr('port', uint),
    name: attr('name', str),
    state: attr('state', choice(['connected', 'disconnected'])),
  }),
  ...deviceInfo,
});
export type ChannelDef = Infer<typeof channel>;

export const smartcard = element({
  mode: attr('mode', choice(['host', 'host-certificates', 'passthrough'])),
  ...chardevBackend,
  certificates: list('certificate', textOf(str)),
  database: value('database', str),
  ...deviceInfo,
});
export type SmartcardDef = Infer<typeof smartcard>;

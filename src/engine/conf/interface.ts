// <interface> (libvirt: virDomainNetDefFormat): where the guest's card leads, what card it is, and how the host treats it.
import { address, deviceInfo, virtioOptions } from './address.ts';
import { attr, child, element, group, type Infer, kept, list, required, text } from './codec.ts';
import { choice, int, macAddress, onOff, str, uint, uint16, uuid, yesNo } from './scalar.ts';

export const INTERFACE_TYPES = [
  'user', 'ethernet', 'vhostuser', 'server', 'client', 'mcast', 'network', 'bridge', 'internal', 'direct', 'hostdev', 'udp', 'vdpa', 'null', 'vds',
] as const; // biome-ignore format: a table
export type InterfaceType = (typeof INTERFACE_TYPES)[number];

export const INTERFACE_MODELS = [
  'virtio',
  'virtio-transitional',
  'virtio-non-transitional',
  'e1000',
  'e1000e',
  'igb',
  'rtl8139',
] as const;

const offloads = {
  csum: attr('csum', onOff),
  gso: attr('gso', onOff),
  tso4: attr('tso4', onOff),
  tso6: attr('tso6', onOff),
  ecn: attr('ecn', onOff),
  ufo: attr('ufo', onOff),
} as const;

const driver = element({
  name: attr('name', choice(['qemu', 'vhost', 'vfio', 'xen', 'kvm'])),
  txmode: attr('txmode', choice(['iothread', 'timer'])),
  ioeventfd: attr('ioeventfd', onOff),
  eventIdx: attr('event_idx', onOff),
  queues: attr('queues', uint),
  rxQueueSize: attr('rx_queue_size', uint),
  txQueueSize: attr('tx_queue_size', uint),
  rss: attr('rss', onOff),
  rssHashReport: attr('rss_hash_report', onOff),
  ...virtioOptions,
  host: group('host', { ...offloads, mrgRxbuf: attr('mrg_rxbuf', onOff) }),
  guest: group('guest', offloads),
});

const inOut = element({
  average: attr('average', uint),
  peak: attr('peak', uint),
  floor: attr('floor', uint),
  burst: attr('burst', uint),
});
export const bandwidth = element({ inbound: child('inbound', inOut), outbound: child('outbound', inOut) });

export const ipAddress = element({
  address: attr('address', str),
  family: attr('family', choice(['ipv4', 'ipv6'])),
  prefix: attr('prefix', uint),
  peer: attr('peer', str),
});
const route = element({
  family: attr('family', choice(['ipv4', 'ipv6'])),
  address: attr('address', str),
  netmask: attr('netmask', str),
  prefix: attr('prefix', uint),
  gateway: attr('gateway', str),
  metric: attr('metric', uint),
});

const portRange = element({
  start: attr('start', uint16),
  end: attr('end', uint16),
  to: attr('to', uint16),
  exclude: attr('exclude', yesNo),
});
export const portForward = element({
  proto: required(attr('proto', choice(['tcp', 'udp']))),
  address: attr('address', str),
  dev: attr('dev', str),
  ranges: list('range', portRange),
});

const source = element({
  network: attr('network', str),
  portgroup: attr('portgroup', str),
  portid: attr('portid', uuid),
  bridge: attr('bridge', str),
  name: attr('name', str),
  dev: attr('dev', str),
  type: attr('type', str),
  path: attr('path', str),
  mode: attr('mode', str),
  address: attr('address', str),
  port: attr('port', uint16),
  hostAddress: child('address', address),
  reconnect: group('reconnect', { enabled: attr('enabled', yesNo), timeout: attr('timeout', uint) }),
  local: group('local', { address: attr('address', str), port: attr('port', uint16) }),
  ips: list('ip', ipAddress),
  routes: list('route', route),
});

export const vlan = element({
  trunk: attr('trunk', yesNo),
  tags: list(
    'tag',
    element({ id: attr('id', uint16), nativeMode: attr('nativeMode', choice(['tagged', 'untagged'])) }),
  ),
});

export const virtualport = element({
  type: attr('type', choice(['none', '802.1Qbg', '802.1Qbh', 'openvswitch', 'midonet'])),
  parameters: group('parameters', {
    managerid: attr('managerid', uint),
    typeid: attr('typeid', uint),
    typeidversion: attr('typeidversion', uint),
    instanceid: attr('instanceid', uuid),
    profileid: attr('profileid', str),
    interfaceid: attr('interfaceid', uuid),
  }),
});

export const interface_ = element({
  type: required(attr('type', choice(INTERFACE_TYPES))),
  managed: attr('managed', yesNo),
  trustGuestRxFilters: attr('trustGuestRxFilters', yesNo),
  mac: group('mac', {
    address: attr('address', macAddress),
    type: attr('type', choice(['generated', 'static'])),
    check: attr('check', yesNo),
  }),
  source: child('source', source),
  ips: list('ip', ipAddress),
  routes: list('route', route),
  vlan: child('vlan', vlan),
  virtualport: child('virtualport', virtualport),
  bandwidth: child('bandwidth', bandwidth),
  port: group('port', { isolated: attr('isolated', yesNo) }),
  portForwards: list('portForward', portForward),
  script: group('script', { path: attr('path', str) }),
  downscript: group('downscript', { path: attr('path', str) }),
  backenddomain: group('backenddomain', { name: attr('name', str) }),
  target: group('target', { dev: attr('dev', str), managed: attr('managed', yesNo) }),
  guest: group('guest', { dev: attr('dev', str), actual: attr('actual', str) }),
  model: group('model', { type: attr('type', str) }),
  driver: child('driver', driver),
  backend: group('backend', {
    type: attr('type', choice(['default', 'passt'])),
    logFile: attr('logFile', str),
    tap: attr('tap', str),
    vhost: attr('vhost', str),
    hostname: attr('hostname', str),
    fqdn: attr('fqdn', str),
  }),
  filterref: kept(
    'filterref',
    element({
      filter: attr('filter', str),
      parameters: list('parameter', element({ name: attr('name', str), value: attr('value', str) })),
    }),
  ),
  link: group('link', { state: attr('state', choice(['up', 'down'])) }),
  tune: group('tune', { sndbuf: child('sndbuf', element({ value: text(uint) })) }),
  mtu: group('mtu', { size: attr('size', uint) }),
  coalesce: group('coalesce', { rx: group('rx', { frames: group('frames', { max: attr('max', int) }) }) }),
  teaming: group('teaming', {
    type: attr('type', choice(['persistent', 'transient'])),
    persistent: attr('persistent', str),
  }),
  ...deviceInfo,
});
export type InterfaceDef = Infer<typeof interface_>;

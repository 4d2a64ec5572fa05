// <source> of a disk, a backing store or a mirror (libvirt: virDomainDiskSourceFormat). Which properties count is said by `type` on the
// element around it, so the source itself is one flat record.
import { pciAddress } from './address.ts';
import { attr, child, element, group, type Infer, kept, list, required, text } from './codec.ts';
import { choice, hexText, nonEmpty, onOff, str, uint, uuid, yesNo } from './scalar.ts';
import { deviceSeclabel } from './seclabel.ts';

export const STORAGE_TYPES = ['file', 'block', 'dir', 'network', 'volume', 'nvme', 'vhostuser', 'vhostvdpa'] as const;
export type StorageType = (typeof STORAGE_TYPES)[number];

export const NETWORK_PROTOCOLS = [
  'nbd', 'rbd', 'sheepdog', 'gluster', 'iscsi', 'http', 'https', 'ftp', 'ftps', 'tftp', 'ssh', 'vxhs', 'nfs',
] as const; // biome-ignore format: a table

export const secretRef = element({ type: attr('type', str), uuid: attr('uuid', uuid), usage: attr('usage', str) });
export const auth = element({ username: attr('username', str), secret: child('secret', secretRef) });
export type AuthDef = Infer<typeof auth>;

export const encryption = element({
  format: required(attr('format', choice(['default', 'qcow', 'luks', 'luks2', 'luks-any']))),
  engine: attr('engine', choice(['qemu', 'librbd'])),
  secrets: list('secret', element({ type: attr('type', str), uuid: attr('uuid', uuid), usage: attr('usage', str) })),
  cipher: group('cipher', {
    name: attr('name', str),
    size: attr('size', uint),
    mode: attr('mode', str),
    hash: attr('hash', str),
  }),
  ivgen: group('ivgen', { name: attr('name', str), hash: attr('hash', str) }),
});
export type EncryptionDef = Infer<typeof encryption>;

export const storageHost = element({
  transport: attr('transport', choice(['tcp', 'unix', 'rdma'])),
  name: attr('name', str),
  port: attr('port', str),
  socket: attr('socket', nonEmpty),
});

export const reservations = element({
  managed: attr('managed', yesNo),
  source: group('source', { type: attr('type', str), path: attr('path', nonEmpty), mode: attr('mode', str) }),
});

const slice = element({
  type: attr('type', choice(['storage'])),
  offset: attr('offset', uint),
  size: attr('size', uint),
});

export const diskSource = element({
  file: attr('file', str),
  dev: attr('dev', str),
  dir: attr('dir', str),
  protocol: attr('protocol', choice(NETWORK_PROTOCOLS)),
  name: attr('name', str),
  pool: attr('pool', str),
  volume: attr('volume', str),
  mode: attr('mode', str),
  type: attr('type', str),
  path: attr('path', str),
  managed: attr('managed', yesNo),
  namespace: attr('namespace', uint),
  tls: attr('tls', yesNo),
  tlsHostname: attr('tlsHostname', str),
  query: attr('query', str),
  startupPolicy: attr('startupPolicy', choice(['mandatory', 'requisite', 'optional'])),
  fdgroup: attr('fdgroup', str),
  index: attr('index', uint),
  hosts: list('host', storageHost),
  snapshot: group('snapshot', { name: attr('name', str) }),
  config: group('config', { file: attr('file', str) }),
  address: child('address', pciAddress),
  seclabels: list('seclabel', deviceSeclabel),
  slices: group('slices', { slices: list('slice', slice) }),
  ssl: group('ssl', { verify: attr('verify', yesNo) }),
  cookies: group('cookies', { cookies: list('cookie', element({ name: attr('name', str), value: text(str) })) }),
  readahead: group('readahead', { size: attr('size', uint) }),
  timeout: group('timeout', { seconds: attr('seconds', uint) }),
  knownHosts: group('knownHosts', { path: attr('path', str) }),
  identity: group('identity', {
    user: attr('user', str),
    group: attr('group', str),
    username: attr('username', str),
    keyfile: attr('keyfile', str),
    agentsock: attr('agentsock', str),
  }),
  reconnect: group('reconnect', {
    enabled: attr('enabled', yesNo),
    timeout: attr('timeout', uint),
    delay: attr('delay', uint),
  }),
  reservations: child('reservations', reservations),
  initiator: group('initiator', { iqn: group('iqn', { name: attr('name', str) }) }),
  encryption: child('encryption', encryption),
  auth: child('auth', auth),
  dataStore: kept(
    'dataStore',
    element({
      type: attr('type', choice(STORAGE_TYPES)),
      format: group('format', { type: attr('type', str) }),
      source: group('source', {
        file: attr('file', str),
        dev: attr('dev', str),
        wwn: attr('wwn', hexText),
        shared: attr('shared', onOff),
      }),
    }),
  ),
});
export type DiskSourceDef = Infer<typeof diskSource>;

// The protocol layer of a disk: how QEMU reaches the bytes (libvirt: qemuBlockStorageSourceGetBackendProps).
import type { DiskSourceDef, StorageType } from '../../conf/disk-source.ts';
import { defaultPort } from '../def/disk-defaults.ts';
import { type Props, unsupported } from './context.ts';

export interface StorageSource {
  readonly type: StorageType;
  readonly source: DiskSourceDef;
  readonly device: string;
  readonly node: string;
  /** Whether a block device of the host is an optical drive. */
  readonly isHostCdrom?: boolean;
  /** Object with the key of librbd's own encryption. */
  readonly encryptionSecret?: string;
  /** Object with the password of <auth>; by the node's name where it is not given. */
  readonly authSecret?: string;
}

export function storageProps(storage: StorageSource): Props {
  const { type, source, device, node, isHostCdrom } = storage;
  switch (type) {
    case 'file':
      return { driver: 'file', filename: source.fdgroup === undefined ? (source.file ?? '') : source.file };
    case 'block':
      return {
        driver: isHostCdrom ? 'host_cdrom' : 'host_device',
        filename: source.dev ?? '',
        ...prManager(source, node),
      };
    case 'dir':
      return { driver: 'vvfat', dir: source.dir ?? '', floppy: device === 'floppy', rw: false };
    case 'network':
      return networkProps(storage);
    case 'nvme':
      return { driver: 'nvme', device: hostPci(source), namespace: source.namespace ?? 1 };
    case 'vhostvdpa':
      return { driver: 'virtio-blk-vhost-vdpa', path: source.dev ?? '' };
    case 'volume':
      throw unsupported(`storage volume '${source.volume}' of pool '${source.pool}' was not resolved to a file`);
    default:
      throw unsupported(`a disk of type '${type}' has no block back end`);
  }
}

const prManager = (source: DiskSourceDef, node: string): Props => {
  if (!source.reservations) return {};
  return { 'pr-manager': source.reservations.managed ? 'pr-helper0' : `pr-helper-${node}` };
};

const hex = (value: number | undefined, width: number): string => (value ?? 0).toString(16).padStart(width, '0');
const hostPci = (source: DiskSourceDef): string => {
  const { domain, bus, slot, function: fn } = source.address ?? {};
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${(fn ?? 0).toString(16)}`;
};

type Host = DiskSourceDef['hosts'][number];

const portOf = (source: DiskSourceDef, host: Host): string => host.port ?? defaultPort(source.protocol ?? '') ?? '';

/** SocketAddress of QMP; older protocols want it without a type. */
function address(source: DiskSourceDef, host: Host, typed: boolean): Props {
  if (host.transport === 'unix') return typed ? { type: 'unix', path: host.socket } : { path: host.socket };
  return { ...(typed && { type: 'inet' }), host: host.name, port: portOf(source, host) };
}

function networkProps({ source, node, encryptionSecret, authSecret = `${node}-auth-secret0` }: StorageSource): Props {
  const host: Host = source.hosts[0] ?? {};
  switch (source.protocol) {
    case 'nbd':
      return {
        driver: 'nbd',
        server: address(source, host, true),
        export: source.name || undefined,
        'tls-creds': source.tls ? `obj${node}_tls0` : undefined,
        'tls-hostname': source.tlsHostname,
        'reconnect-delay': source.reconnect?.delay,
      };
    case 'rbd':
      return { ...rbdProps(source, authSecret), ...rbdEncryption(source, encryptionSecret) };
    case 'iscsi':
      return iscsiProps(source, host, authSecret);
    case 'http':
    case 'https':
    case 'ftp':
    case 'ftps':
    case 'tftp':
      return urlProps(source, host, node, authSecret);
    case 'ssh':
      return {
        driver: 'ssh',
        path: source.name,
        server: address(source, host, false),
        user: source.identity?.username,
      };
    case 'gluster':
      return glusterProps(source);
    case 'nfs':
      return {
        driver: 'nfs',
        server: { host: host.name ?? '', type: 'inet' },
        path: source.name,
        ...nfsIdentity(source),
      };
    default:
      throw unsupported(`protocol '${source.protocol}' is not supported`);
  }
}

function rbdProps(source: DiskSourceDef, authSecret: string): Props {
  const [pool = '', ...rest] = (source.name ?? '').split('/');
  const image = rest.join('/');
  const namespaced = rest.length > 1;
  return {
    driver: 'rbd',
    pool,
    namespace: namespaced ? rest[0] : undefined,
    image: namespaced ? rest.slice(1).join('/') : image,
    snapshot: source.snapshot?.name,
    conf: source.config?.file,
    server:
      source.hosts.length > 0
        ? source.hosts.map((host) => ({ host: host.name, port: portOf(source, host) }))
        : undefined,
    user: source.auth?.username,
    'auth-client-required': source.auth ? ['cephx', 'none'] : undefined,
    'key-secret': source.auth ? authSecret : undefined,
  };
}

function rbdEncryption({ encryption }: DiskSourceDef, secret: string | undefined): Props {
  return encryption?.engine === 'librbd' ? { encrypt: { format: encryption.format, 'key-secret': secret } } : {};
}

function iscsiProps(source: DiskSourceDef, host: Host, authSecret: string): Props {
  const [target = '', lun] = (source.name ?? '').split('/');
  return {
    driver: 'iscsi',
    portal: `${host.name?.includes(':') ? `[${host.name}]` : host.name}:${portOf(source, host)}`,
    target,
    lun: lun === undefined ? 0 : Number(lun),
    transport: 'tcp',
    user: source.auth?.username,
    'password-secret': source.auth ? authSecret : undefined,
    'initiator-name': source.initiator?.iqn?.name,
  };
}

function urlProps(source: DiskSourceDef, host: Host, node: string, authSecret: string): Props {
  const query = source.query === undefined ? '' : `?${source.query}`;
  const path = source.name?.startsWith('/') || !source.name ? (source.name ?? '') : `/${source.name}`;
  return {
    driver: source.protocol,
    url: `${source.protocol}://${host.name}:${portOf(source, host)}${path}${query}`,
    username: source.auth?.username,
    'password-secret': source.auth ? authSecret : undefined,
    sslverify: source.ssl?.verify,
    'cookie-secret': source.cookies ? `${node}-httpcookie-secret0` : undefined,
    timeout: source.timeout?.seconds,
    readahead: source.readahead?.size,
  };
}

/** '+1000' is a number, as in chown. */
function nfsIdentity({ identity }: DiskSourceDef): Props {
  const id = (text: string | undefined): number | undefined =>
    text === undefined || !/^\+?\d+$/.test(text) ? undefined : Number(text.replace('+', ''));
  return { user: id(identity?.user), group: id(identity?.group) };
}

function glusterProps(source: DiskSourceDef): Props {
  const [volume = '', ...path] = (source.name ?? '').replace(/^\//, '').split('/');
  return {
    driver: 'gluster',
    volume,
    path: path.join('/'),
    server: source.hosts.map((host) => address(source, host, true)),
    // libvirt's default: errors and warnings in the guest's log.
    debug: 4,
  };
}

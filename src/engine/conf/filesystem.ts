// <filesystem> (libvirt: virDomainFSDefFormat): a folder of the host in the guest, by 9p or virtiofs.
import { deviceInfo, virtioOptions } from './address.ts';
import { attr, child, element, flag, group, type Infer, kept, list, sizeOf } from './codec.ts';
import { VIRTIO_MODELS } from './disk.ts';
import { choice, onOff, str, uint, uint16 } from './scalar.ts';

const idmap = element({ start: attr('start', uint), target: attr('target', uint), count: attr('count', uint) });

export const filesystem = element({
  type: attr('type', choice(['mount', 'block', 'file', 'template', 'ram', 'bind', 'volume'])),
  accessmode: attr('accessmode', choice(['passthrough', 'mapped', 'squash'])),
  model: attr('model', choice(VIRTIO_MODELS)),
  multidevs: attr('multidevs', choice(['default', 'remap', 'forbid', 'warn'])),
  fmode: attr('fmode', str),
  dmode: attr('dmode', str),
  driver: group('driver', {
    type: attr('type', choice(['path', 'handle', 'loop', 'nbd', 'ploop', 'virtiofs', 'mtp'])),
    format: attr('format', str),
    wrpolicy: attr('wrpolicy', choice(['immediate'])),
    queue: attr('queue', uint16),
    ...virtioOptions,
  }),
  binary: group('binary', {
    path: attr('path', str),
    xattr: attr('xattr', onOff),
    cache: group('cache', { mode: attr('mode', choice(['none', 'always'])) }),
    sandbox: group('sandbox', { mode: attr('mode', choice(['namespace', 'chroot'])) }),
    lock: group('lock', { posix: attr('posix', onOff), flock: attr('flock', onOff) }),
    threadPool: group('thread_pool', { size: attr('size', uint) }),
    openfiles: group('openfiles', { max: attr('max', uint) }),
  }),
  idmap: kept('idmap', element({ uids: list('uid', idmap), gids: list('gid', idmap) })),
  source: group('source', {
    dir: attr('dir', str),
    dev: attr('dev', str),
    file: attr('file', str),
    name: attr('name', str),
    usage: attr('usage', uint),
    units: attr('units', str),
    pool: attr('pool', str),
    volume: attr('volume', str),
    socket: attr('socket', str),
  }),
  target: group('target', { dir: attr('dir', str) }),
  readonly: flag('readonly'),
  ...deviceInfo,
  spaceHardLimit: child('space_hard_limit', sizeOf('bytes')),
  spaceSoftLimit: child('space_soft_limit', sizeOf('bytes')),
});
export type FilesystemDef = Infer<typeof filesystem>;

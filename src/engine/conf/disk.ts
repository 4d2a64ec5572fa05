// <disk> (libvirt: virDomainDiskDefFormat), with its backing chain, mirror, throttling and geometry.
import { deviceInfo, virtioOptions } from './address.ts';
import {
  attr,
  type Codec,
  child,
  element,
  flag,
  group,
  type Infer,
  kept,
  lazy,
  list,
  required,
  sizeOf,
  type UnknownXml,
  value,
} from './codec.ts';
import { auth, type DiskSourceDef, diskSource, encryption, STORAGE_TYPES, type StorageType } from './disk-source.ts';
import { choice, hexText, onOff, str, uint, uint16, yesNo } from './scalar.ts';

export const DISK_DEVICES = ['disk', 'cdrom', 'floppy', 'lun'] as const;
export const DISK_BUSES = ['ide', 'fdc', 'scsi', 'virtio', 'xen', 'usb', 'uml', 'sata', 'sd', 'none'] as const;
export const DISK_FORMATS = [
  'raw', 'dir', 'bochs', 'cloop', 'dmg', 'iso', 'vpc', 'vdi', 'qcow', 'qcow2', 'qed', 'vmdk', 'vhd', 'vhdx', 'parallels', 'fat', 'luks', 'ploop', 'aio', 'auto',
] as const; // biome-ignore format: a table
export const DISK_CACHES = ['default', 'none', 'writethrough', 'writeback', 'directsync', 'unsafe'] as const;
export const VIRTIO_MODELS = ['virtio', 'virtio-transitional', 'virtio-non-transitional'] as const;

const metadataCache = element({ maxSize: child('max_size', sizeOf('bytes')) });

const diskIothread = element({
  id: required(attr('id', uint)),
  queues: list('queue', element({ id: attr('id', uint) })),
});

const diskDriver = element({
  name: attr('name', str),
  type: attr('type', choice(DISK_FORMATS)),
  cache: attr('cache', choice(DISK_CACHES)),
  errorPolicy: attr('error_policy', choice(['stop', 'report', 'ignore', 'enospace'])),
  rerrorPolicy: attr('rerror_policy', choice(['stop', 'report', 'ignore'])),
  io: attr('io', choice(['native', 'threads', 'io_uring'])),
  ioeventfd: attr('ioeventfd', onOff),
  eventIdx: attr('event_idx', onOff),
  copyOnRead: attr('copy_on_read', onOff),
  discard: attr('discard', choice(['unmap', 'ignore'])),
  iothread: attr('iothread', uint),
  detectZeroes: attr('detect_zeroes', choice(['off', 'on', 'unmap'])),
  discardNoUnref: attr('discard_no_unref', onOff),
  queues: attr('queues', uint16),
  queueSize: attr('queue_size', uint16),
  ...virtioOptions,
  iothreads: group('iothreads', { iothreads: list('iothread', diskIothread) }),
  metadataCache: child('metadata_cache', metadataCache),
});

const chainFormat = element({
  type: attr('type', choice(DISK_FORMATS)),
  metadataCache: child('metadata_cache', metadataCache),
});

/** One layer below a disk; an empty element says that the chain ends here. */
export interface BackingStoreDef {
  readonly type?: StorageType | undefined;
  readonly index?: number | undefined;
  readonly format?: Infer<typeof chainFormat> | undefined;
  readonly source?: DiskSourceDef | undefined;
  readonly backingStore?: BackingStoreDef | undefined;
  readonly unknown?: UnknownXml | undefined;
}
const backingStore: Codec<BackingStoreDef> = element({
  type: attr('type', choice(STORAGE_TYPES)),
  index: attr('index', uint),
  format: child('format', chainFormat),
  source: child('source', diskSource),
  backingStore: kept(
    'backingStore',
    lazy((): Codec<BackingStoreDef> => backingStore),
  ),
});

const mirror = element({
  type: attr('type', choice(STORAGE_TYPES)),
  file: attr('file', str),
  formatName: attr('format', str),
  job: attr('job', choice(['copy', 'active-commit'])),
  ready: attr('ready', choice(['yes', 'abort', 'pivot'])),
  format: child('format', chainFormat),
  source: child('source', diskSource),
  backingStore: kept('backingStore', backingStore),
});

const rate = (name: string) => value(name, uint);

/** Limits of one disk or of a throttle group. */
export const ioTuneFields = {
  totalBytesSec: rate('total_bytes_sec'),
  readBytesSec: rate('read_bytes_sec'),
  writeBytesSec: rate('write_bytes_sec'),
  totalIopsSec: rate('total_iops_sec'),
  readIopsSec: rate('read_iops_sec'),
  writeIopsSec: rate('write_iops_sec'),
  totalBytesSecMax: rate('total_bytes_sec_max'),
  readBytesSecMax: rate('read_bytes_sec_max'),
  writeBytesSecMax: rate('write_bytes_sec_max'),
  totalIopsSecMax: rate('total_iops_sec_max'),
  readIopsSecMax: rate('read_iops_sec_max'),
  writeIopsSecMax: rate('write_iops_sec_max'),
  sizeIopsSec: rate('size_iops_sec'),
  groupName: value('group_name', str),
  totalBytesSecMaxLength: rate('total_bytes_sec_max_length'),
  readBytesSecMaxLength: rate('read_bytes_sec_max_length'),
  writeBytesSecMaxLength: rate('write_bytes_sec_max_length'),
  totalIopsSecMaxLength: rate('total_iops_sec_max_length'),
  readIopsSecMaxLength: rate('read_iops_sec_max_length'),
  writeIopsSecMaxLength: rate('write_iops_sec_max_length'),
} as const;
export const ioTune = element(ioTuneFields);
export type IoTuneDef = Infer<typeof ioTune>;

export const disk = element({
  type: attr('type', choice(STORAGE_TYPES)),
  device: attr('device', choice(DISK_DEVICES)),
  model: attr('model', choice([...VIRTIO_MODELS, 'usb-storage', 'usb-bot'])),
  rawio: attr('rawio', yesNo),
  sgio: attr('sgio', choice(['filtered', 'unfiltered'])),
  snapshot: attr('snapshot', choice(['no', 'internal', 'external', 'manual'])),
  driver: child('driver', diskDriver),
  auth: child('auth', auth),
  source: child('source', diskSource),
  backingStore: kept('backingStore', backingStore),
  backendDomain: group('backenddomain', { name: attr('name', str) }),
  geometry: group('geometry', {
    cyls: attr('cyls', uint),
    heads: attr('heads', uint),
    secs: attr('secs', uint),
    trans: attr('trans', choice(['none', 'auto', 'lba'])),
  }),
  blockio: group('blockio', {
    logicalBlockSize: attr('logical_block_size', uint),
    physicalBlockSize: attr('physical_block_size', uint),
    discardGranularity: attr('discard_granularity', uint),
  }),
  mirror: child('mirror', mirror),
  target: group('target', {
    dev: attr('dev', str),
    bus: attr('bus', choice(DISK_BUSES)),
    tray: attr('tray', choice(['closed', 'open'])),
    removable: attr('removable', onOff),
    rotationRate: attr('rotation_rate', uint16),
    dpofua: attr('dpofua', onOff),
  }),
  iotune: child('iotune', ioTune),
  throttleFilters: group('throttlefilters', {
    filters: list('throttlefilter', element({ group: required(attr('group', str)) })),
  }),
  readonly: flag('readonly'),
  shareable: flag('shareable'),
  transient: kept('transient', element({ shareBacking: attr('shareBacking', yesNo) })),
  serial: value('serial', str),
  wwn: value('wwn', hexText),
  vendor: value('vendor', str),
  product: value('product', str),
  encryption: child('encryption', encryption),
  ...deviceInfo,
});
export type DiskDef = Infer<typeof disk>;
export type DiskBus = (typeof DISK_BUSES)[number];

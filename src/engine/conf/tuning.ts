// How the host treats the guest's processors, memory and disks: <vcpu>, <vcpus>, <iothreads>, <cputune>, <numatune>, <memtune>, <blkiotune>,
// <memoryBacking> (libvirt: virDomainDefFormatInternal). Vivarium enforces few of them; all are kept.
import {
  attr,
  child,
  element,
  flag,
  group,
  type Infer,
  kept,
  list,
  required,
  size,
  sizeOf,
  text,
  value,
} from './codec.ts';
import { ioTune } from './disk.ts';
import { bitmap, choice, int, onOff, str, uint, uint32, yesNo } from './scalar.ts';

export const vcpu = element({
  placement: attr('placement', choice(['static', 'auto'])),
  cpuset: attr('cpuset', bitmap),
  current: attr('current', uint32),
  max: required(text(uint32)),
});

export const vcpus = element({
  vcpus: list(
    'vcpu',
    element({
      id: required(attr('id', uint)),
      enabled: attr('enabled', yesNo),
      hotpluggable: attr('hotpluggable', yesNo),
      order: attr('order', uint),
    }),
  ),
});

const iothread = element({
  id: required(attr('id', uint)),
  threadPoolMin: attr('thread_pool_min', int),
  threadPoolMax: attr('thread_pool_max', int),
  poll: group('poll', { max: attr('max', uint), grow: attr('grow', uint), shrink: attr('shrink', uint) }),
});
export const iothreadids = element({ iothreads: list('iothread', iothread) });
export const defaultiothread = element({
  threadPoolMin: attr('thread_pool_min', int),
  threadPoolMax: attr('thread_pool_max', int),
});
export const throttlegroups = element({ groups: list('throttlegroup', ioTune) });

const sched = {
  scheduler: attr('scheduler', choice(['batch', 'idle', 'fifo', 'rr', 'other'])),
  priority: attr('priority', int),
} as const;
export const cputune = element({
  shares: value('shares', uint),
  period: value('period', uint),
  quota: value('quota', { ...int, parse: (raw) => (/^-?\d+$/.test(raw.trim()) ? Number(raw) : undefined) }),
  globalPeriod: value('global_period', uint),
  globalQuota: value('global_quota', int),
  emulatorPeriod: value('emulator_period', uint),
  emulatorQuota: value('emulator_quota', int),
  iothreadPeriod: value('iothread_period', uint),
  iothreadQuota: value('iothread_quota', int),
  vcpupins: list('vcpupin', element({ vcpu: attr('vcpu', uint), cpuset: attr('cpuset', bitmap) })),
  emulatorpin: group('emulatorpin', { cpuset: attr('cpuset', bitmap) }),
  iothreadpins: list('iothreadpin', element({ iothread: attr('iothread', uint), cpuset: attr('cpuset', bitmap) })),
  vcpusched: list('vcpusched', element({ vcpus: attr('vcpus', bitmap), ...sched })),
  iothreadsched: list('iothreadsched', element({ iothreads: attr('iothreads', bitmap), ...sched })),
  emulatorsched: group('emulatorsched', sched),
  cachetunes: list('cachetune', element({ vcpus: attr('vcpus', bitmap), id: attr('id', str) })),
});
export type CputuneDef = Infer<typeof cputune>;

const memoryMode = choice(['strict', 'preferred', 'interleave', 'restrictive']);
export const numatune = element({
  memory: group('memory', {
    mode: attr('mode', memoryMode),
    nodeset: attr('nodeset', bitmap),
    placement: attr('placement', choice(['static', 'auto'])),
  }),
  memnodes: list(
    'memnode',
    element({
      cellid: required(attr('cellid', uint)),
      mode: attr('mode', memoryMode),
      nodeset: attr('nodeset', bitmap),
    }),
  ),
});

export const memtune = element({
  hardLimit: child('hard_limit', sizeOf('KiB')),
  softLimit: child('soft_limit', sizeOf('KiB')),
  minGuarantee: child('min_guarantee', sizeOf('KiB')),
  swapHardLimit: child('swap_hard_limit', sizeOf('KiB')),
});

export const blkiotune = element({
  weight: value('weight', uint),
  devices: list(
    'device',
    element({
      path: value('path', str),
      weight: value('weight', uint),
      readIopsSec: value('read_iops_sec', uint),
      writeIopsSec: value('write_iops_sec', uint),
      readBytesSec: value('read_bytes_sec', uint),
      writeBytesSec: value('write_bytes_sec', uint),
    }),
  ),
});

const page = element({ size: attr('size', uint), unit: attr('unit', str), nodeset: attr('nodeset', bitmap) });
export const memoryBacking = element({
  hugepages: kept('hugepages', element({ pages: list('page', page) })),
  nosharepages: flag('nosharepages'),
  locked: flag('locked'),
  source: group('source', { type: attr('type', choice(['file', 'anonymous', 'memfd'])) }),
  access: group('access', { mode: attr('mode', choice(['shared', 'private'])) }),
  allocation: group('allocation', {
    mode: attr('mode', choice(['immediate', 'ondemand'])),
    threads: attr('threads', uint),
  }),
  discard: flag('discard'),
});
export type MemoryBackingDef = Infer<typeof memoryBacking>;

export const memory = element({ dumpCore: attr('dumpCore', onOff), kib: required(size('KiB')) });
export const maxMemory = element({ slots: attr('slots', uint), kib: required(size('KiB')) });

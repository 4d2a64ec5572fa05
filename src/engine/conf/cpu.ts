// <cpu> (libvirt: src/conf/cpu_conf.c): model, features, topology, guest NUMA.
import { attr, element, group, type Infer, list, required, text, value } from './codec.ts';
import { bitmap, choice, onOff, str, uint, uint32, yesNo } from './scalar.ts';

export const CPU_MODES = ['custom', 'host-model', 'host-passthrough', 'maximum'] as const;
export const FEATURE_POLICIES = ['force', 'require', 'optional', 'disable', 'forbid'] as const;
const SIZE_UNITS = attr('unit', str);

const distances = group('distances', {
  siblings: list('sibling', element({ id: attr('id', uint), value: attr('value', uint) })),
});
const numaCache = element({
  level: attr('level', uint),
  associativity: attr('associativity', choice(['none', 'direct', 'full'])),
  policy: attr('policy', choice(['none', 'writeback', 'writethrough'])),
  size: group('size', { value: attr('value', uint), unit: SIZE_UNITS }),
  line: group('line', { value: attr('value', uint), unit: SIZE_UNITS }),
});
const numaCell = element({
  id: attr('id', uint),
  cpus: attr('cpus', bitmap),
  memory: attr('memory', uint),
  unit: SIZE_UNITS,
  memAccess: attr('memAccess', choice(['shared', 'private'])),
  discard: attr('discard', yesNo),
  distances,
  caches: list('cache', numaCache),
});
export type NumaCellDef = Infer<typeof numaCell>;

const interconnectFields = {
  initiator: attr('initiator', uint),
  target: attr('target', uint),
  cache: attr('cache', uint),
  type: attr('type', choice(['access', 'read', 'write'])),
  value: attr('value', uint),
  unit: SIZE_UNITS,
} as const;

export const cpu = element({
  mode: attr('mode', choice(CPU_MODES)),
  match: attr('match', choice(['minimum', 'exact', 'strict'])),
  check: attr('check', choice(['none', 'partial', 'full'])),
  migratable: attr('migratable', onOff),
  deprecatedFeatures: attr('deprecated_features', onOff),
  model: group('model', {
    fallback: attr('fallback', choice(['allow', 'forbid'])),
    vendorId: attr('vendor_id', str),
    name: text(str),
  }),
  vendor: value('vendor', str),
  topology: group('topology', {
    sockets: attr('sockets', uint32),
    dies: attr('dies', uint32),
    clusters: attr('clusters', uint32),
    cores: attr('cores', uint32),
    threads: attr('threads', uint32),
  }),
  cache: group('cache', {
    level: attr('level', uint),
    mode: attr('mode', choice(['emulate', 'passthrough', 'disable'])),
  }),
  maxphysaddr: group('maxphysaddr', {
    mode: attr('mode', choice(['emulate', 'passthrough'])),
    bits: attr('bits', uint),
    limit: attr('limit', uint),
  }),
  features: list(
    'feature',
    element({ policy: attr('policy', choice(FEATURE_POLICIES)), name: required(attr('name', str)) }),
  ),
  numa: group('numa', {
    cells: list('cell', numaCell),
    interconnects: group('interconnects', {
      latencies: list('latency', element(interconnectFields)),
      bandwidths: list('bandwidth', element(interconnectFields)),
    }),
  }),
});
export type CpuDef = Infer<typeof cpu>;

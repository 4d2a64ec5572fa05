// <features> (libvirt: virDomainDefFeaturesFormat), <pm>, <clock>: what the machine has beyond devices, and its clock.
import {
  attr,
  child,
  element,
  type Fields,
  flag,
  group,
  type Infer,
  kept,
  list,
  prettySizeOf,
  required,
  sizeOf,
  text,
  textOf,
} from './codec.ts';
import { choice, int, onOff, str, uint, yesNo } from './scalar.ts';

const onOffElement = (name: string) => kept(name, element({ state: attr('state', onOff) }));

/** Hyper-V enlightenments that are a switch and nothing more, in libvirt's order around the ones with values. */
const hyperv = {
  mode: attr('mode', choice(['custom', 'passthrough', 'host-model'])),
  relaxed: onOffElement('relaxed'),
  vapic: onOffElement('vapic'),
  spinlocks: kept('spinlocks', element({ state: attr('state', onOff), retries: attr('retries', uint) })),
  vpindex: onOffElement('vpindex'),
  runtime: onOffElement('runtime'),
  synic: onOffElement('synic'),
  stimer: kept('stimer', element({ state: attr('state', onOff), direct: onOffElement('direct') })),
  reset: onOffElement('reset'),
  vendorId: kept('vendor_id', element({ state: attr('state', onOff), value: attr('value', str) })),
  frequencies: onOffElement('frequencies'),
  reenlightenment: onOffElement('reenlightenment'),
  tlbflush: kept(
    'tlbflush',
    element({ state: attr('state', onOff), direct: onOffElement('direct'), extended: onOffElement('extended') }),
  ),
  ipi: onOffElement('ipi'),
  evmcs: onOffElement('evmcs'),
  avic: onOffElement('avic'),
  emsrBitmap: onOffElement('emsr_bitmap'),
  xmmInput: onOffElement('xmm_input'),
} as const satisfies Fields;

export const features = element({
  acpi: flag('acpi'),
  apic: kept('apic', element({ eoi: attr('eoi', onOff) })),
  pae: flag('pae'),
  hap: kept('hap', element({ state: attr('state', onOff) })),
  viridian: flag('viridian'),
  privnet: flag('privnet'),
  hyperv: kept('hyperv', element(hyperv)),
  kvm: kept(
    'kvm',
    element({
      hidden: onOffElement('hidden'),
      hintDedicated: onOffElement('hint-dedicated'),
      pollControl: onOffElement('poll-control'),
      pvIpi: onOffElement('pv-ipi'),
      dirtyRing: kept('dirty-ring', element({ state: attr('state', onOff), size: attr('size', uint) })),
    }),
  ),
  pvspinlock: kept('pvspinlock', element({ state: attr('state', onOff) })),
  pmu: kept('pmu', element({ state: attr('state', onOff) })),
  vmport: kept('vmport', element({ state: attr('state', onOff) })),
  gic: kept('gic', element({ version: attr('version', str) })),
  smm: kept('smm', element({ state: attr('state', onOff), tseg: child('tseg', prettySizeOf('MiB')) })),
  ioapic: kept('ioapic', element({ driver: attr('driver', choice(['qemu', 'kvm'])) })),
  hpt: kept('hpt', element({ resizing: attr('resizing', str), maxpagesize: child('maxpagesize', sizeOf('KiB')) })),
  vmcoreinfo: kept('vmcoreinfo', element({ state: attr('state', onOff) })),
  htm: onOffElement('htm'),
  nestedHv: onOffElement('nested-hv'),
  msrs: kept('msrs', element({ unknownAction: attr('unknown', choice(['ignore', 'fault'])) })),
  ccfAssist: onOffElement('ccf-assist'),
  cfpc: kept('cfpc', element({ value: attr('value', str) })),
  sbbc: kept('sbbc', element({ value: attr('value', str) })),
  ibs: kept('ibs', element({ value: attr('value', str) })),
  tcg: kept('tcg', element({ tbCache: child('tb-cache', sizeOf('KiB', 'MiB')) })),
  asyncTeardown: kept('async-teardown', element({ enabled: attr('enabled', yesNo) })),
  ps2: kept('ps2', element({ state: attr('state', onOff) })),
});
export type FeaturesDef = Infer<typeof features>;
export type HypervDef = NonNullable<FeaturesDef['hyperv']>;

const smbiosEntry = element({ name: attr('name', str), value: text(str) });

const timer = element({
  name: required(
    attr('name', choice(['platform', 'pit', 'rtc', 'hpet', 'tsc', 'kvmclock', 'hypervclock', 'armvtimer'])),
  ),
  present: attr('present', yesNo),
  tickpolicy: attr('tickpolicy', choice(['delay', 'catchup', 'merge', 'discard'])),
  track: attr('track', choice(['boot', 'guest', 'wall', 'realtime'])),
  frequency: attr('frequency', uint),
  mode: attr('mode', choice(['auto', 'native', 'emulate', 'paravirt', 'smpsafe'])),
  catchup: kept(
    'catchup',
    element({ threshold: attr('threshold', uint), slew: attr('slew', uint), limit: attr('limit', uint) }),
  ),
});

export const clock = element({
  offset: attr('offset', choice(['utc', 'localtime', 'variable', 'timezone', 'absolute'])),
  adjustment: attr('adjustment', str),
  basis: attr('basis', choice(['utc', 'localtime'])),
  timezone: attr('timezone', str),
  start: attr('start', int),
  timers: list('timer', timer),
});
export type ClockDef = Infer<typeof clock>;

const suspend = (name: string) => kept(name, element({ enabled: attr('enabled', yesNo) }));
export const pm = element({ suspendToMem: suspend('suspend-to-mem'), suspendToDisk: suspend('suspend-to-disk') });

export const sysinfo = element({
  type: required(attr('type', choice(['smbios', 'fwcfg']))),
  bios: group('bios', { entries: list('entry', smbiosEntry) }),
  system: group('system', { entries: list('entry', smbiosEntry) }),
  baseBoards: list('baseBoard', element({ entries: list('entry', smbiosEntry) })),
  chassis: group('chassis', { entries: list('entry', smbiosEntry) }),
  oemStrings: group('oemStrings', { entries: list('entry', textOf(str)) }),
  entries: list('entry', element({ name: attr('name', str), file: attr('file', str), value: text(str) })),
});
export type SysinfoDef = Infer<typeof sysinfo>;

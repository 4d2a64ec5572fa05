// -cpu and -smp (libvirt: qemuBuildCpuCommandLine, qemuBuildSmpCommandLine).
import type { CpuDef } from '../../conf/cpu.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { HypervDef } from '../../conf/features.ts';
import { findMachine } from '../def/capabilities.ts';
import { machineOf } from '../def/machine.ts';
import { type CommandContext, escapeCommas, unsupported } from './context.ts';

/** libvirt's names of features that QEMU calls otherwise (virQEMUCapsCPUFeatureTranslate). */
const FEATURE_NAMES: Readonly<Record<string, string>> = {
  cmp_legacy: 'cmp-legacy', ds_cpl: 'ds-cpl', fxsr_opt: 'fxsr-opt', kvm_pv_eoi: 'kvm-pv-eoi', kvm_pv_unhalt: 'kvm-pv-unhalt', lahf_lm: 'lahf-lm',
  nodeid_msr: 'nodeid-msr', pclmuldq: 'pclmulqdq', perfctr_core: 'perfctr-core', perfctr_nb: 'perfctr-nb', tsc_adjust: 'tsc-adjust',
  'ibpb-ret': 'ibpb-ret',
}; // biome-ignore format: a table

/** Features that QEMU never had, or has no more; asking for them would stop it. */
const IGNORED_FEATURES = new Set(['cmt', 'mbm_total', 'mbm_local', 'osxsave', 'ospke']);

export const qemuFeatureName = (name: string): string => FEATURE_NAMES[name] ?? name;

export function buildCpu(context: CommandContext): readonly string[] {
  const { def } = context;
  const model = cpuModel(context);
  const rest = cpuSwitches(context);
  const cpu = model ?? (rest.length > 0 ? findMachine(context.caps, machineOf(def))?.defaultCpu : undefined);
  return cpu === undefined ? [] : ['-cpu', [cpu, ...rest].join(',')];
}

function cpuModel(context: CommandContext): string | undefined {
  const { def } = context;
  const cpu = def.cpu;
  if (!cpu || (cpu.mode === undefined && cpu.model?.name === undefined)) return undefined;
  const parts = [...baseModel(context, cpu)];
  if (cpu.model?.vendorId) parts.push(`vendor=${cpu.model.vendorId}`);
  for (const feature of cpu.features) {
    if (IGNORED_FEATURES.has(feature.name)) continue;
    const policy = feature.policy === 'optional' ? optionalPolicy(context, feature.name) : feature.policy;
    const name = qemuFeatureName(feature.name);
    if (policy === 'force' || policy === 'require') parts.push(`${name}=on`);
    else if (policy === 'disable' || policy === 'forbid') parts.push(`${name}=off`);
  }
  return parts.join(',');
}

/** An optional feature is on where the host has it. Where nobody looked, it is QEMU's model that decides. */
const optionalPolicy = ({ options }: CommandContext, name: string): 'require' | 'disable' | undefined =>
  options.hostCpu && (options.hostCpu.features.includes(name) ? 'require' : 'disable');

function baseModel(context: CommandContext, cpu: CpuDef): readonly string[] {
  const { def } = context;
  switch (cpu.mode) {
    case 'host-passthrough':
      if (def.type !== 'kvm' && def.type !== 'hvf')
        throw unsupported("CPU mode 'host-passthrough' for a domain without KVM is not supported by hypervisor");
      return ['host', ...migratable(cpu.migratable)];
    case 'maximum':
      return ['max', ...migratable(cpu.migratable)];
    case 'host-model':
      return hostModel(context);
    default:
      if (!cpu.model?.name) throw unsupported('CPU model is missing');
      return cpu.match === 'minimum' && context.options.hostCpu ? hostModel(context) : [cpu.model.name];
  }
}

/**
 * The host's processor as libvirt names it: the nearest model of its database and each difference. Where nobody described the host, what is
 * nearest: the host itself without what would forbid a migration; under TCG, all that it can do.
 */
function hostModel({ def, options }: CommandContext): readonly string[] {
  if (options.hostCpu) {
    const features = options.hostCpu.features.filter((name) => !IGNORED_FEATURES.has(name));
    return [options.hostCpu.model, ...features.map((name) => `${qemuFeatureName(name)}=on`)];
  }
  return [def.type === 'kvm' || def.type === 'hvf' ? 'host' : 'max', ...migratable(true)];
}

const migratable = (value: boolean | undefined): readonly string[] =>
  value === undefined ? [] : [`migratable=${value ? 'on' : 'off'}`];

const onOff = (value: boolean): string => (value ? 'on' : 'off');

function cpuSwitches({ def }: CommandContext): readonly string[] {
  const parts: string[] = [];
  for (const timer of def.clock?.timers ?? []) {
    if (timer.name === 'kvmclock' && timer.present !== undefined) parts.push(`kvmclock=${onOff(timer.present)}`);
    if (timer.name === 'hypervclock' && timer.present) parts.push('hv-time=on');
    if (timer.name === 'tsc' && timer.frequency !== undefined) parts.push(`tsc-frequency=${timer.frequency}`);
  }
  const features = def.features;
  if (features?.apic?.eoi !== undefined) parts.push(`kvm-pv-eoi=${onOff(features.apic.eoi)}`);
  if (features?.pvspinlock?.state !== undefined) parts.push(`kvm-pv-unhalt=${onOff(features.pvspinlock.state)}`);
  if (features?.hyperv) parts.push(...hypervSwitches(features.hyperv));
  for (const panic of def.devices.panics) if (panic.model === 'hyperv') parts.push('hv-crash');
  if (features?.kvm?.hidden?.state) parts.push('kvm=off');
  if (features?.kvm?.hintDedicated?.state) parts.push('kvm-hint-dedicated=on');
  if (features?.kvm?.pollControl?.state) parts.push('kvm-poll-control=on');
  if (features?.kvm?.pvIpi?.state === false) parts.push('kvm-pv-ipi=off');
  if (features?.pmu?.state !== undefined) parts.push(`pmu=${onOff(features.pmu.state)}`);
  parts.push(...cacheSwitches(def), ...addressWidth(def));
  return parts;
}

type Switch = { readonly state?: boolean | undefined } | undefined;

function hypervSwitches(hyperv: HypervDef): readonly string[] {
  const parts: string[] = [];
  if (hyperv.mode === 'passthrough') parts.push('hv-passthrough=on');
  const add = (name: string, feature: Switch): void => {
    if (feature?.state) parts.push(`hv-${name}=on`);
  };
  add('relaxed', hyperv.relaxed);
  add('vapic', hyperv.vapic);
  if (hyperv.spinlocks?.state) parts.push(`hv-spinlocks=0x${(hyperv.spinlocks.retries ?? 0).toString(16)}`);
  add('vpindex', hyperv.vpindex);
  add('runtime', hyperv.runtime);
  add('synic', hyperv.synic);
  add('stimer', hyperv.stimer);
  if (hyperv.stimer?.state && hyperv.stimer.direct?.state) parts.push('hv-stimer-direct=on');
  add('reset', hyperv.reset);
  if (hyperv.vendorId?.state) parts.push(`hv-vendor-id=${escapeCommas(hyperv.vendorId.value ?? '')}`);
  add('frequencies', hyperv.frequencies);
  add('reenlightenment', hyperv.reenlightenment);
  add('tlbflush', hyperv.tlbflush);
  if (hyperv.tlbflush?.state && hyperv.tlbflush.direct?.state) parts.push('hv-tlbflush-direct=on');
  if (hyperv.tlbflush?.state && hyperv.tlbflush.extended?.state) parts.push('hv-tlbflush-ext=on');
  add('ipi', hyperv.ipi);
  add('evmcs', hyperv.evmcs);
  add('avic', hyperv.avic);
  add('emsr-bitmap', hyperv.emsrBitmap);
  add('xmm-input', hyperv.xmmInput);
  return parts;
}

function cacheSwitches(def: DomainDef): readonly string[] {
  const cache = def.cpu?.cache;
  const host = def.cpu?.mode === 'host-passthrough' || def.cpu?.mode === 'maximum';
  switch (cache?.mode) {
    case 'disable':
      return host ? ['host-cache-info=off', 'l3-cache=off'] : ['l3-cache=off'];
    case 'emulate':
      return host ? ['l3-cache=on', 'host-cache-info=off'] : ['l3-cache=on'];
    case 'passthrough':
      return ['host-cache-info=on'];
    default:
      return [];
  }
}

function addressWidth(def: DomainDef): readonly string[] {
  const width = def.cpu?.maxphysaddr;
  switch (width?.mode) {
    case 'passthrough':
      return ['host-phys-bits=on', ...(width.limit ? [`host-phys-bits-limit=${width.limit}`] : [])];
    case 'emulate':
      return width.bits ? [`phys-bits=${width.bits}`] : ['host-phys-bits=off'];
    default:
      return [];
  }
}

export function buildSmp({ def }: CommandContext): readonly string[] {
  const max = def.vcpu?.max ?? 1;
  const current = bootVcpus(def);
  const parts = [String(current)];
  if (current < max) parts.push(`maxcpus=${max}`);
  const topology = def.cpu?.topology;
  if (topology) {
    parts.push(`sockets=${topology.sockets ?? 1}`, `dies=${topology.dies ?? 1}`, `clusters=${topology.clusters ?? 1}`);
    parts.push(`cores=${topology.cores ?? 1}`, `threads=${topology.threads ?? 1}`);
  } else {
    parts.push(`sockets=${max}`, 'cores=1', 'threads=1');
  }
  return ['-smp', parts.join(',')];
}

/** vCPUs that are there from the start; those that <vcpus> marks as hot-pluggable come later, over QMP. */
function bootVcpus(def: DomainDef): number {
  const each = def.vcpus?.vcpus;
  if (each && each.length > 0) return each.filter((vcpu) => vcpu.enabled && vcpu.hotpluggable !== true).length;
  return def.vcpu?.current ?? def.vcpu?.max ?? 1;
}

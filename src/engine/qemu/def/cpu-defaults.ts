// Defaults of <cpu> (libvirt: qemuDomainDefCPUPostParse, qemuDomainDefSetDefaultCPU).
import type { CpuDef } from '../../conf/cpu.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { findMachine } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { isX86, machineOf } from './machine.ts';

export function completeCpu(def: DomainDef, context: PostParseContext): DomainDef {
  const cpu: CpuDef = def.cpu ?? { features: [] };
  const named = cpu.mode !== undefined || cpu.model?.name !== undefined;
  const done = named ? completeNamed(def, cpu) : withDefaultModel(def, cpu, context);
  if (Object.values(done).every((part) => part === undefined || (Array.isArray(part) && part.length === 0)))
    return { ...def, cpu: undefined };
  return { ...def, cpu: completeTopology(done) };
}

/** A domain that names no model gets the machine's default one by name, so that it stays the same when QEMU's default moves on. */
function withDefaultModel(def: DomainDef, cpu: CpuDef, { caps }: PostParseContext): CpuDef {
  if (!isX86(def)) return cpu;
  const name = findMachine(caps, machineOf(def))?.defaultCpu;
  if (!name) return cpu;
  return { ...cpu, mode: 'custom', match: 'exact', check: 'none', model: { fallback: 'forbid', name } };
}

function completeNamed(def: DomainDef, cpu: CpuDef): CpuDef {
  const mode = cpu.mode ?? 'custom';
  const features = cpu.features.map((feature) => ({ ...feature, policy: feature.policy ?? ('require' as const) }));
  if (mode === 'host-passthrough' || mode === 'maximum')
    return { ...cpu, mode, features, check: cpu.check ?? 'none', migratable: cpu.migratable ?? true };
  if (mode === 'host-model')
    return { ...cpu, mode, features, check: cpu.check ?? 'partial', model: cpu.model?.name ? cpu.model : undefined };
  return {
    ...cpu,
    mode,
    match: cpu.match ?? 'exact',
    check: cpu.check ?? (def.type === 'qemu' ? 'none' : 'partial'),
    ...(cpu.model && { model: { ...cpu.model, fallback: cpu.model.fallback ?? 'allow' } }),
    features,
  };
}

const completeTopology = (cpu: CpuDef): CpuDef =>
  cpu.topology
    ? { ...cpu, topology: { ...cpu.topology, dies: cpu.topology.dies ?? 1, clusters: cpu.topology.clusters ?? 1 } }
    : cpu;

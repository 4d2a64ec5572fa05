// A definition made for KVM, to be run in software: what only KVM has is taken out of the live copy; the stored definition stays as it is.
import type { DomainDef } from '../../conf/domain.ts';

/** CPU modes that mean "as this host's", which TCG can't be. */
const HOST_MODES: readonly (string | undefined)[] = ['host-passthrough', 'host-model', undefined];
const KVM_TIMERS: readonly (string | undefined)[] = ['kvmclock', 'hypervclock'];

export function withoutKvm(def: DomainDef): DomainDef {
  if (def.type !== 'kvm') return def;
  const { cpu, clock, features } = def;
  return {
    ...def,
    type: 'qemu',
    cpu:
      cpu && HOST_MODES.includes(cpu.mode)
        ? { mode: 'maximum', topology: cpu.topology, numa: cpu.numa, features: [] }
        : cpu,
    features: features && { ...features, kvm: undefined, hyperv: undefined },
    clock: clock && { ...clock, timers: clock.timers.filter(({ name }) => !KVM_TIMERS.includes(name)) },
  };
}

// Which single virtual processors a definition has (libvirt: virDomainDefVcpuPostParse, qemuDomainVcpuValidateConfig, qemuDomainSetVcpuConfig, qemuDomainSetVcpusConfig).
// Without <vcpus> it is the first `current` ones. Pure.
import { virError } from '../../common/errors.ts';
import type { DomainDef } from './domain.ts';

export interface VcpuDef {
  readonly id: number;
  readonly enabled: boolean;
  /** Whether it can go again while the domain runs; one that is off always can come. */
  readonly hotpluggable: boolean;
  readonly order?: number | undefined;
}

/** One for each of the most that there may be, in the order of their numbers. Of a number that is listed twice the last one counts. */
export function eachVcpu({ vcpu, vcpus }: DomainDef): readonly VcpuDef[] {
  const max = vcpu?.max ?? 1;
  const listed = new Map((vcpus?.vcpus ?? []).map((one) => [one.id, one]));
  return Array.from({ length: max }, (_, id) => {
    if (listed.size === 0) {
      const enabled = id < (vcpu?.current ?? max);
      return { id, enabled, hotpluggable: !enabled };
    }
    const said = listed.get(id);
    const enabled = said?.enabled === true;
    return { id, enabled, hotpluggable: said?.hotpluggable ?? !enabled, order: said?.order };
  });
}

export const enabledVcpus = (def: DomainDef): readonly number[] =>
  eachVcpu(def).flatMap(({ id, enabled }) => (enabled ? [id] : []));

/** The definition with exactly these, each one listed. */
export function withEachVcpu(def: DomainDef, vcpus: readonly VcpuDef[]): DomainDef {
  const count = vcpus.filter(({ enabled }) => enabled).length;
  return {
    ...def,
    vcpu: { ...def.vcpu, max: vcpus.length, current: count === vcpus.length ? undefined : count },
    vcpus: { vcpus },
  };
}

/**
 * Those that are on, numbered from 1 in the order in which they come: those of the start, then as they say, then those that say nothing. A run's own, which is so at
 * its start and after each change (qemuDomainVcpuPersistOrder).
 */
export function withRunOrder(def: DomainDef): DomainDef {
  if ((def.vcpus?.vcpus ?? []).length === 0) return def;
  const all = eachVcpu(def);
  const rank = ({ hotpluggable, order }: VcpuDef): number => order ?? (hotpluggable ? Infinity : 0);
  const came = all
    .filter(({ enabled }) => enabled)
    .toSorted((a, b) => Number(a.hotpluggable) - Number(b.hotpluggable) || rank(a) - rank(b) || 0);
  const orders = new Map(came.map(({ id }, at) => [id, at + 1]));
  return withEachVcpu(
    def,
    all.map((vcpu) => ({ ...vcpu, order: orders.get(vcpu.id) })),
  );
}

const withoutOrder = (vcpu: VcpuDef): VcpuDef => ({ ...vcpu, order: undefined });

/** Single processors switched on or off; they are hot-pluggable from then on. Throws INVALID_ARG. */
export function switchVcpus(def: DomainDef, ids: readonly number[], enabled: boolean): DomainDef {
  const all = eachVcpu(def);
  if (ids.includes(0)) throw virError('INVALID_ARG', "vCPU '0' can't be modified");
  // QEMU counts those that it starts with from 0: there is none behind one that comes later.
  const [first = 0] = ids.toSorted((a, b) => a - b);
  if (all.some((vcpu) => vcpu.id > first && !ids.includes(vcpu.id) && vcpu.enabled && !vcpu.hotpluggable))
    throw virError(
      'INVALID_ARG',
      `vcpu '${first}' can't be modified as it is followed by non-hotpluggable online vcpus`,
    );
  return withEachVcpu(
    def,
    all.map((vcpu) => withoutOrder(ids.includes(vcpu.id) ? { id: vcpu.id, enabled, hotpluggable: true } : vcpu)),
  );
}

/**
 * `count` of those that are listed: the first ones that are off come, the last ones go. Those that come stay, but where they shall be able to go, or follow one that can:
 * then they can go too.
 */
export function countListed(def: DomainDef, count: number, isHotpluggable = false): DomainDef {
  let missing = count - enabledVcpus(def).length;
  if (missing <= 0) return withEachVcpu(def, dropLast(eachVcpu(def), -missing));
  let isHot = isHotpluggable;
  return withEachVcpu(
    def,
    eachVcpu(def).map((vcpu) => {
      isHot ||= vcpu.enabled && vcpu.hotpluggable;
      if (missing === 0 || vcpu.enabled) return withoutOrder(vcpu);
      missing -= 1;
      return { id: vcpu.id, enabled: true, hotpluggable: isHot };
    }),
  );
}

function dropLast(vcpus: readonly VcpuDef[], count: number): readonly VcpuDef[] {
  const enabled = vcpus.filter((vcpu) => vcpu.enabled).map(({ id }) => id);
  const last = new Set(enabled.slice(enabled.length - count));
  return vcpus.map((vcpu) =>
    last.has(vcpu.id) ? { id: vcpu.id, enabled: false, hotpluggable: true } : withoutOrder(vcpu),
  );
}

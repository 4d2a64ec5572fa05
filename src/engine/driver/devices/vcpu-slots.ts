// QEMU's places for processors: which there are, who sits there, which to fill or to empty (libvirt: qemuDomainFilterHotplugVcpuEntities). QEMU lists those that are taken
// with the object that sits there; those of the start are the machine's and stay. Pure.
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { countListed, eachVcpu, withEachVcpu, withRunOrder } from '../../conf/vcpu-list.ts';
import type { MonitorReply } from '../../qemu/monitor-commands.ts';

export type Slot = MonitorReply<'query-hotpluggable-cpus'>[number];

export const isVcpuAlias = (alias: string): boolean => /^vcpu\d+$/.test(alias);
/** What we plugged in has an alias of ours, and can go again. */
export const aliasOf = (slot: Slot): string | undefined =>
  /^\/machine\/peripheral\/(vcpu\d+)$/.exec(slot['qom-path'] ?? '')?.[1];

/** Host threads by the numbers of their processors: QEMU lists them in the order in which they came, and its index is the place's. */
export const vcpuThreadMap = (cpus: MonitorReply<'query-cpus-fast'>): ReadonlyMap<number, number> =>
  new Map(cpus.map((cpu) => [cpu['cpu-index'], cpu['thread-id']] as const).sort(([a], [b]) => a - b));
export const vcpuThreadIds = (cpus: MonitorReply<'query-cpus-fast'>): readonly number[] => [
  ...vcpuThreadMap(cpus).values(),
];

const PLACE = ['node-id', 'socket-id', 'die-id', 'cluster-id', 'core-id', 'thread-id'] as const;
/** In the order in which a guest counts them; QEMU lists the last one first. */
export function inOrder(slots: readonly Slot[]): readonly Slot[] {
  return [...slots].sort((a, b) => {
    for (const key of PLACE) {
      const difference = (a.props[key] ?? 0) - (b.props[key] ?? 0);
      if (difference !== 0) return difference;
    }
    return 0;
  });
}

export const countOf = (slots: readonly Slot[]): number =>
  slots.reduce((sum, slot) => sum + (slot['qom-path'] === undefined ? 0 : slot['vcpus-count']), 0);

/** The number of a place's first processor. `ordered`: inOrder. */
export const firstOf = (ordered: readonly Slot[], slot: Slot): number =>
  ordered.slice(0, ordered.indexOf(slot)).reduce((sum, one) => sum + one['vcpus-count'], 0);

/** The numbers of all of them. */
export const idsOf = (ordered: readonly Slot[], slot: Slot): readonly number[] =>
  Array.from({ length: slot['vcpus-count'] }, (_, at) => firstOf(ordered, slot) + at);

/** `isHotpluggable`: those that come can go again while it runs. */
export function withVcpus(def: DomainDef, count: number, max = def.vcpu?.max ?? 1, isHotpluggable = false): DomainDef {
  if (max === (def.vcpu?.max ?? 1) && (def.vcpus || isHotpluggable)) return countListed(def, count, isHotpluggable);
  return { ...def, vcpu: { ...def.vcpu, max, current: count === max ? undefined : count }, vcpus: undefined };
}

/**
 * The running definition with what QEMU has. Processors that were plugged in are listed as such (<vcpus>): a restore must begin with those of the start alone, as
 * the queues of virtio devices are counted by them. Their order is that in which they came.
 */
export function withSlots(def: DomainDef, slots: readonly Slot[]): DomainDef {
  const isPlain = !slots.some((slot) => aliasOf(slot) !== undefined);
  if ((isPlain && !def.vcpus) || slots.some((slot) => slot['vcpus-count'] !== 1)) return withVcpus(def, countOf(slots));
  const before = eachVcpu(def);
  const all = inOrder(slots).map((slot, id) => {
    const enabled = slot['qom-path'] !== undefined;
    const was = before[id];
    const order = was?.enabled ? was.order : undefined;
    return { id, enabled, hotpluggable: !enabled || aliasOf(slot) !== undefined, order };
  });
  return withRunOrder(withEachVcpu(def, all));
}

/** The places to fill or to empty, so that `count` are left; undefined where these can't make it exactly. */
export function chooseSlots(slots: readonly Slot[], count: number): readonly Slot[] | undefined {
  let missing = count - countOf(slots);
  const chosen: Slot[] = [];
  const ordered = inOrder(slots);
  const open =
    missing >= 0
      ? ordered.filter((slot) => slot['qom-path'] === undefined)
      : ordered.filter((slot) => aliasOf(slot) !== undefined).reverse();
  for (const slot of open) {
    if (missing === 0) break;
    missing += missing > 0 ? -slot['vcpus-count'] : slot['vcpus-count'];
    chosen.push(slot);
  }
  return missing === 0 ? chosen : undefined;
}

function assertWhole(first: number, count: number, ids: readonly number[]): void {
  const missing = Array.from({ length: count }, (_, at) => first + at).find((id) => !ids.includes(id));
  if (missing !== undefined)
    throw virError(
      'INVALID_ARG',
      `vcpu '${missing}' was not selected but it belongs to hotpluggable entity '${first}-${first + count - 1}' which was partially selected for modification`,
    );
}

/**
 * The one place that holds exactly the processors `ids`. One at a time: of several, some could come and some fail. Throws INVALID_ARG (they are so already, a part of a
 * place), CONFIG_UNSUPPORTED (one of the start, more than one place).
 */
export function chooseSlot(slots: readonly Slot[], ids: readonly number[], enabled: boolean): Slot {
  const ordered = inOrder(slots);
  const places = ids
    .toSorted((a, b) => a - b)
    .map((id) => {
      const slot = ordered.find((one) => id < firstOf(ordered, one) + one['vcpus-count']);
      if (!slot) throw virError('INVALID_ARG', `vCPU '${id}' not present in domain definition`);
      const isIn = slot['qom-path'] !== undefined;
      if (isIn === enabled) throw virError('INVALID_ARG', `vcpu '${id}' is already in requested state`);
      if (isIn && aliasOf(slot) === undefined) throw virError('CONFIG_UNSUPPORTED', `vcpu '${id}' can't be unplugged`);
      return slot;
    });
  const chosen = [...new Set(places)];
  for (const slot of chosen) assertWhole(firstOf(ordered, slot), slot['vcpus-count'], ids);
  const [slot, another] = chosen;
  if (!slot || another) throw virError('CONFIG_UNSUPPORTED', 'only one hotpluggable entity can be selected');
  return slot;
}

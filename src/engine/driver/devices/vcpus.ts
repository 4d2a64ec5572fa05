// How many virtual processors a domain has (libvirt: qemuDomainSetVcpusLive, qemuDomainSetVcpusConfig). QEMU lists the places for processors, those that are taken
// with the object that sits there; those of the start are the machine's and stay.
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { MonitorReply } from '../../qemu/monitor-commands.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { applyPins } from '../tuning/pins.ts';
import { askForRemoval } from './await-removal.ts';
import { assertSameRun, execute, type LiveRun, saveLiveDef, targetsOf } from './live-run.ts';
import { markPending } from './pending.ts';
import { finishChange, prepareStored } from './stored-change.ts';

type Slot = MonitorReply<'query-hotpluggable-cpus'>[number];
type Run = Pick<LiveRun, 'context' | 'obj' | 'live' | 'monitor'>;

export const isVcpuAlias = (alias: string): boolean => /^vcpu\d+$/.test(alias);
/** What we plugged in has an alias of ours, and can go again. */
const aliasOf = (slot: Slot): string | undefined =>
  /^\/machine\/peripheral\/(vcpu\d+)$/.exec(slot['qom-path'] ?? '')?.[1];

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

const countOf = (slots: readonly Slot[]): number =>
  slots.reduce((sum, slot) => sum + (slot['qom-path'] === undefined ? 0 : slot['vcpus-count']), 0);

export function withVcpus(def: DomainDef, count: number, max = def.vcpu?.max ?? 1): DomainDef {
  const isSameMax = max === (def.vcpu?.max ?? 1);
  const vcpus = isSameMax &&
    def.vcpus && { ...def.vcpus, vcpus: def.vcpus.vcpus.map((vcpu) => ({ ...vcpu, enabled: vcpu.id < count })) };
  return {
    ...def,
    vcpu: { ...def.vcpu, max, current: count === max ? undefined : count },
    vcpus: vcpus || undefined,
  };
}

/**
 * The running definition with what QEMU has. Processors that were plugged in are listed as such (<vcpus>): a restore must begin with those of the start alone, as
 * the queues of virtio devices are counted by them.
 */
export function withSlots(def: DomainDef, slots: readonly Slot[]): DomainDef {
  const counted = withVcpus(def, countOf(slots));
  if (!slots.some((slot) => aliasOf(slot) !== undefined) || slots.some((slot) => slot['vcpus-count'] !== 1))
    return counted;
  const vcpus = inOrder(slots).map((slot, id) => {
    const enabled = slot['qom-path'] !== undefined;
    return { id, enabled, hotpluggable: !enabled || aliasOf(slot) !== undefined };
  });
  return { ...counted, vcpus: { vcpus } };
}

/** What QEMU has now, into the running definition; `alias` is one that went. */
export async function refreshVcpus(run: Run, alias?: string): Promise<void> {
  const { context, obj, live, monitor } = run;
  const slots = await monitor.execute('query-hotpluggable-cpus');
  const threads = await monitor.execute('query-cpus-fast');
  if (obj.live !== live) return;
  live.vcpuThreads = threads.map((cpu) => cpu['thread-id']);
  if (countOf(slots) !== (live.def.vcpu?.current ?? live.def.vcpu?.max ?? 1))
    await saveLiveDef(run, withSlots(live.def, slots)).catch(() => undefined); // logged; an adoption asks again
  await markPending(context, obj);
  if (alias !== undefined && !slots.some((slot) => aliasOf(slot) === alias))
    emit(context, obj, { kind: 'device-removed', detail: alias });
}

export function assertNotTooMany(obj: DomainObj, count: number, def: DomainDef): void {
  const max = def.vcpu?.max ?? 1;
  if (count > max)
    throw virError(
      'INVALID_ARG',
      `domain '${obj.name}' can have ${max} virtual processors at most, not ${count}; raise that with --maximum --config first`,
    );
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

export async function setLiveVcpus(run: LiveRun, count: number): Promise<void> {
  const { obj, live, monitor, signal } = run;
  assertNotTooMany(obj, count, live.def);
  const slots = await monitor.execute('query-hotpluggable-cpus', undefined, { signal });
  assertSameRun(run);
  const chosen = chooseSlots(slots, count);
  if (!chosen)
    throw virError(
      'CONFIG_UNSUPPORTED',
      `the running domain '${obj.name}' can't be brought to ${count} virtual processors: those of its start stay, and processors come and go in groups; use --config, it takes effect at the next start`,
    );
  try {
    if (count >= countOf(slots)) await plug(run, inOrder(slots), chosen);
    else await unplug(run, chosen);
  } finally {
    if (obj.live === live && !monitor.isClosed && !signal.aborted) await refreshVcpus(run);
  }
}

async function plug(run: LiveRun, ordered: readonly Slot[], chosen: readonly Slot[]): Promise<void> {
  for (const slot of chosen) {
    const before = ordered.slice(0, ordered.indexOf(slot));
    const id = `vcpu${before.reduce((sum, one) => sum + one['vcpus-count'], 0)}`;
    await execute(run, { command: 'device_add', args: { driver: slot.type, id, ...slot.props } });
  }
}

async function unplug(run: LiveRun, chosen: readonly Slot[]): Promise<void> {
  for (const slot of chosen) {
    const id = aliasOf(slot) ?? '';
    const state = await askForRemoval(run, id, () => execute(run, { command: 'device_del', args: { id } }));
    if (state === 'asked')
      throw virError(
        'OPERATION_TIMEOUT',
        `the guest of domain '${run.obj.name}' was asked to give up '${id}' and has not done so yet; an event tells when it has`,
      );
  }
}

/** Throws INVALID_ARG (too many), CONFIG_UNSUPPORTED (not while it runs), OPERATION_TIMEOUT (asked, not done). */
export async function setVcpus(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setVcpus'>,
  command: CommandContext,
): Promise<void> {
  const { count, maximum } = input;
  const { run, config } = targetsOf(context, obj, input, command);
  if (maximum && run)
    throw virError(
      'INVALID_ARG',
      `the most processors that domain '${obj.name}' may have are fixed while it runs; use --config`,
    );
  if (config && !maximum) assertNotTooMany(obj, count, obj.def);
  const current = obj.def.vcpu?.current ?? obj.def.vcpu?.max ?? 1;
  const change = (def: DomainDef): DomainDef =>
    maximum ? withVcpus(def, Math.min(current, count), count) : withVcpus(def, count);
  const stored = config ? await prepareStored(context, obj, change) : undefined;
  if (run) {
    await setLiveVcpus(run, count);
    await applyPins(context, run.live, command);
  }
  await finishChange(context, obj, stored, run !== undefined);
}

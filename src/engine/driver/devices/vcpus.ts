// How many virtual processors a domain has, and which (libvirt: qemuDomainSetVcpusLive, qemuDomainSetVcpusConfig, qemuDomainSetVcpuInternal).
import type { ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { enabledVcpus, switchVcpus } from '../../conf/vcpu-list.ts';
import type { DriverContext } from '../context.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { bindThreads, finishThreads, type Unbound } from '../tuning/new-threads.ts';
import { assertPins } from '../tuning/pins.ts';
import { askForRemoval } from './await-removal.ts';
import { assertSameRun, execute, type LiveRun, saveLiveDef, targetsOf } from './live-run.ts';
import { markPending } from './pending.ts';
import { prepareStored } from './stored-change.ts';
import {
  aliasOf,
  chooseSlot,
  chooseSlots,
  countOf,
  firstOf,
  idsOf,
  inOrder,
  type Slot,
  vcpuThreadIds,
  withSlots,
  withVcpus,
} from './vcpu-slots.ts';

type Run = Pick<LiveRun, 'context' | 'obj' | 'live' | 'monitor'>;

/** What QEMU has now, into the running definition; `alias` is one that went. */
export async function refreshVcpus(run: Run, alias?: string): Promise<void> {
  const { context, obj, live, monitor } = run;
  const slots = await monitor.execute('query-hotpluggable-cpus');
  const threads = await monitor.execute('query-cpus-fast');
  if (obj.live !== live) return;
  live.vcpuThreads = vcpuThreadIds(threads);
  const now = withSlots(live.def, slots);
  if (String(enabledVcpus(now)) !== String(enabledVcpus(live.def)))
    // Logged; an adoption asks again. What QEMU has is told, written or not.
    await saveLiveDef(run, now).catch(() => {
      live.def = withSlots(live.def, slots);
    });
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

export async function setLiveVcpus(run: LiveRun, count: number): Promise<Unbound> {
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
  return changeSlots(run, slots, chosen, count >= countOf(slots));
}

/**
 * Under TCG, QEMU 7.2.22 corrupts its heap when a processor goes ('corrupted double-linked list'): it dies where another comes, of a
 * device_add, of a save. Who wants it anyway has the agent, or the next start.
 */
function assertCanGo({ obj, live }: LiveRun): void {
  if (live.accelerator === 'tcg')
    throw virError(
      'CONFIG_UNSUPPORTED',
      `domain '${obj.name}' runs in software, and its QEMU would not long outlive a processor that goes; use --guest, or --config`,
    );
}

async function changeSlots(
  run: LiveRun,
  slots: readonly Slot[],
  chosen: readonly Slot[],
  isMore: boolean,
): Promise<Unbound> {
  const { obj, live, monitor, signal } = run;
  const ordered = inOrder(slots);
  if (!isMore) assertCanGo(run);
  else
    assertPins(
      live.def,
      chosen.flatMap((slot) => idsOf(ordered, slot)).map((id) => ({ thread: 'vcpu' as const, id })),
    );
  try {
    if (isMore) await plug(run, ordered, chosen);
    else await unplug(run, chosen);
  } finally {
    if (obj.live === live && !monitor.isClosed && !signal.aborted) await refreshVcpus(run);
  }
  return isMore ? bindThreads(run) : undefined;
}

async function plug(run: LiveRun, ordered: readonly Slot[], chosen: readonly Slot[]): Promise<void> {
  for (const slot of chosen) {
    const id = `vcpu${firstOf(ordered, slot)}`;
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
  const { count, maximum, hotpluggable } = input;
  const { run, config } = targetsOf(context, obj, input, command);
  if (maximum && run)
    throw virError(
      'INVALID_ARG',
      `the most processors that domain '${obj.name}' may have are fixed while it runs; use --config`,
    );
  if (config && !maximum) assertNotTooMany(obj, count, obj.def);
  const current = obj.def.vcpu?.current ?? obj.def.vcpu?.max ?? 1;
  const change = (def: DomainDef): DomainDef =>
    maximum ? withVcpus(def, Math.min(current, count), count) : withVcpus(def, count, undefined, hotpluggable);
  const stored = config ? await prepareStored(context, obj, change) : undefined;
  const unbound = run && (await setLiveVcpus(run, count));
  await finishThreads(context, obj, stored, run, unbound);
}

function assertPresent(ids: readonly number[], { vcpu }: DomainDef, where: 'live' | 'persistent'): void {
  const last = Math.max(...ids);
  if (last >= (vcpu?.max ?? 1)) throw virError('INVALID_ARG', `vcpu ${last} is not present in ${where} config`);
}

/**
 * Single processors on or off. Throws INVALID_ARG (not there, so already, vCPU 0 of the definition), CONFIG_UNSUPPORTED (one of the start, more than one place at once),
 * OPERATION_TIMEOUT (the guest was asked to give it up, and has not).
 */
export async function setVcpu(
  context: DriverContext,
  obj: DomainObj,
  { vcpus: ids, enabled, ...affect }: ParsedInput<'domain.setVcpu'>,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, affect, command);
  if (config) assertPresent(ids, obj.def, 'persistent');
  if (run) assertPresent(ids, run.live.def, 'live');
  const slots = run ? await run.monitor.execute('query-hotpluggable-cpus', undefined, command) : [];
  if (run) assertSameRun(run);
  const chosen = run && chooseSlot(slots, ids, enabled);
  const stored = config ? await prepareStored(context, obj, (def) => switchVcpus(def, ids, enabled)) : undefined;
  const unbound = run && chosen && (await changeSlots(run, slots, [chosen], enabled));
  await finishThreads(context, obj, stored, run, unbound);
}

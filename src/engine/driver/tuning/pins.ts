// Threads on CPUs (libvirt: qemuDomainPinVcpuFlags, qemuDomainPinEmulator, qemuDomainPinIOThread): those of a running QEMU, those that its definition says, and at a start
// the one from the other.
import type { Output, ParsedInput } from '../../../common/contract/procedures.ts';
import { virError } from '../../../common/errors.ts';
import { formatBitmap } from '../../conf/bitmap.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { iothreadNumbers, type PinnedThread, pinOf, withPin } from '../../qemu/def/pins.ts';
import { requireLive } from '../actions.ts';
import type { DriverContext } from '../context.ts';
import { type LiveRun, saveLiveDef, targetsOf } from '../devices/live-run.ts';
import { finishChange, prepareStored } from '../devices/stored-change.ts';
import { vcpuThreadMap } from '../devices/vcpu-slots.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { affinityOf, onlineCpus, threadsOf } from './affinity.ts';

type Options = { readonly signal?: AbortSignal | undefined };

/** Host threads by what they are. */
interface Threads {
  readonly vcpus: ReadonlyMap<number, number>;
  readonly iothreads: ReadonlyMap<number, number>;
  readonly emulator: readonly number[];
}

async function findThreads({ monitor, process }: LiveDomain, options: Options = {}): Promise<Threads> {
  if (!monitor || !process) return { vcpus: new Map(), iothreads: new Map(), emulator: [] };
  const vcpus = vcpuThreadMap(await monitor.execute('query-cpus-fast', undefined, options));
  const iothreads = new Map<number, number>();
  for (const thread of await monitor.execute('query-iothreads', undefined, options)) {
    const id = /^iothread(\d+)$/.exec(thread.id)?.[1];
    if (id !== undefined) iothreads.set(Number(id), thread['thread-id']);
  }
  const others = new Set([...vcpus.values(), ...iothreads.values()]);
  return { vcpus, iothreads, emulator: threadsOf(process.identity.pid).filter((tid) => !others.has(tid)) };
}

const threadIds = (threads: Threads, of: PinnedThread): readonly number[] => {
  if (of.thread === 'emulator') return threads.emulator;
  const tid = of.thread === 'vcpu' ? threads.vcpus.get(of.id) : threads.iothreads.get(of.id);
  return tid === undefined ? [] : [tid];
};

/** Each thread, and what it is. */
const allOf = (threads: Threads): readonly PinnedThread[] => [
  { thread: 'emulator' },
  ...[...threads.vcpus.keys()].map((id) => ({ thread: 'vcpu' as const, id })),
  ...[...threads.iothreads.keys()].map((id) => ({ thread: 'iothread' as const, id })),
];

export const isPinned = ({ cputune, vcpu }: DomainDef): boolean =>
  vcpu?.cpuset !== undefined ||
  cputune?.emulatorpin !== undefined ||
  (cputune?.vcpupins ?? []).length > 0 ||
  (cputune?.iothreadpins ?? []).length > 0;

/**
 * Binds every thread as the running definition says: before the guest's first instruction, and when a processor was plugged in, whose thread begins where the emulator's
 * are. Throws OPERATION_FAILED for CPUs that this host does not have.
 */
export async function applyPins(context: DriverContext, live: LiveDomain, options: Options = {}): Promise<void> {
  if (!isPinned(live.def)) return;
  const threads = await findThreads(live, options);
  const online = onlineCpus();
  for (const of of allOf(threads)) {
    const cpus = pinOf(live.def, of) ?? online;
    assertCpus(cpus, online);
    for (const tid of threadIds(threads, of)) await context.host.setAffinity(tid, cpus);
  }
}

function assertCpus(cpus: readonly number[], online: readonly number[]): void {
  if (!cpus.some((cpu) => online.includes(cpu)))
    throw virError(
      'INVALID_ARG',
      `this host has none of the CPUs ${formatBitmap(cpus)} that a thread is to run on; it has ${formatBitmap(online)}`,
    );
}

/** Before threads come, some of which can't be taken back: they can run where the definition says. Throws INVALID_ARG. */
export function assertPins(def: DomainDef, threads: readonly PinnedThread[]): void {
  const online = onlineCpus();
  for (const of of threads) assertCpus(pinOf(def, of) ?? online, online);
}

/** What is asked for exists. Throws INVALID_ARG. */
function threadFrom(input: Pick<ParsedInput<'domain.setPin'>, 'thread' | 'id'>, def: DomainDef): PinnedThread {
  const { thread, id = 0 } = input;
  if (thread === 'emulator') return { thread };
  if (thread === 'vcpu' && id >= (def.vcpu?.max ?? 1)) throw virError('INVALID_ARG', `vcpu ${id} is out of range`);
  if (thread === 'iothread' && !iothreadNumbers(def).includes(id))
    throw virError('INVALID_ARG', `iothread ${id} not found`);
  return { thread, id };
}

/** The record first: an adoption binds the threads as they are recorded. Where one can't be bound, all is as before. */
async function bindLive(
  run: LiveRun,
  of: PinnedThread,
  tids: readonly number[],
  cpus: readonly number[],
): Promise<void> {
  const { context, obj, live } = run;
  const { cputune } = live.def;
  await saveLiveDef(run, withPin(live.def, of, cpus));
  const before = tids.map((tid) => [tid, affinityOf(tid)] as const);
  try {
    for (const tid of tids) await context.host.setAffinity(tid, cpus);
  } catch (error) {
    for (const [tid, was] of before)
      if (was.length > 0) await context.host.setAffinity(tid, was).catch(() => undefined); // it has ended
    if (obj.live === live) await saveLiveDef(run, { ...live.def, cputune }).catch(() => undefined); // logged
    throw error;
  }
}

export async function setPin(
  context: DriverContext,
  obj: DomainObj,
  input: ParsedInput<'domain.setPin'>,
  command: CommandContext,
): Promise<void> {
  const { run, config } = targetsOf(context, obj, input, command);
  assertCpus(input.cpus, onlineCpus());
  const live = run && threadFrom(input, run.live.def);
  if (config) threadFrom(input, obj.def);
  const stored = config
    ? await prepareStored(context, obj, (def) => withPin(def, threadFrom(input, def), input.cpus))
    : undefined;
  if (run && live) {
    const tids = threadIds(await findThreads(run.live, command), live);
    if (tids.length === 0) throw virError('OPERATION_INVALID', `domain '${obj.name}' has no such thread now`);
    await bindLive(run, live, tids, input.cpus);
  }
  await finishChange(context, obj, stored, run !== undefined);
}

/** Throws OPERATION_INVALID, and what the monitor throws. */
export async function readPins(obj: DomainObj, inactive: boolean): Promise<Output<'domain.pins'>> {
  if (inactive || !obj.live) {
    const cpusOf = (of: PinnedThread): number[] => [...(pinOf(obj.def, of) ?? onlineCpus())];
    return {
      vcpus: Array.from({ length: obj.def.vcpu?.max ?? 1 }, (_, id) => ({ id, cpus: cpusOf({ thread: 'vcpu', id }) })),
      emulator: cpusOf({ thread: 'emulator' }),
      iothreads: iothreadNumbers(obj.def).map((id) => ({ id, cpus: cpusOf({ thread: 'iothread', id }) })),
    };
  }
  const threads = await findThreads(requireLive(obj).live);
  return {
    vcpus: [...threads.vcpus].map(([id, tid]) => ({ id, cpus: [...affinityOf(tid)] })),
    emulator: [...affinityOf(obj.live.process?.identity.pid ?? 0)],
    iothreads: [...threads.iothreads]
      .sort(([a], [b]) => a - b)
      .map(([id, tid]) => ({ id, cpus: [...affinityOf(tid)] })),
  };
}

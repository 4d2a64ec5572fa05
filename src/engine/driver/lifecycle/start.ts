// Starting a domain: libvirt's qemuProcessStart. Everything that was done is undone when a later step fails, and at each step a crash of the engine
// leaves something that the next one recognises (adopt.ts): the status file is on disk before the spawn.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { toVirError, virError } from '../../../common/errors.ts';
import { assertVcpuOrder } from '../../qemu/def/validate-vcpus.ts';
import type { QemuProcess } from '../../qemu/process.ts';
import { domainRuntimeDir } from '../../state/domain-runtime-dir.ts';
import { withBackingChains } from '../block/detect-chain.ts';
import { openSerials } from '../consoles/serials.ts';
import type { DriverContext } from '../context.ts';
import { setUpDevices } from '../devices/at-start.ts';
import { markPending } from '../devices/pending.ts';
import { vcpuThreadIds } from '../devices/vcpu-slots.ts';
import type { CommandContext } from '../jobs/command-queue.ts';
import { asJob } from '../jobs/jobs.ts';
import { makeNative, monitorPathOf, type NativeRun } from '../native.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit, queueStatus, setState } from '../registry/state-writer.ts';
import { loadMemory, takeOverFromSave } from '../save/restore.ts';
import { dropForBoot, openSavedStart, restoreFailure, type SavedStart } from '../save/saved-start.ts';
import { applyPins } from '../tuning/pins.ts';
import { checkCompanions, endCompanions, startCompanions, watchCompanions } from './companions.ts';
import { explainQemuFailure } from './explain-failure.ts';
import { setBooted } from './life-events.ts';
import { resyncLive, watchLive } from './monitor-events.ts';
import { assertDisksFree, checkBeforeStart } from './preflight.ts';
import { enterScope } from './scope.ts';
import type { StartOptions } from './start-options.ts';
import { cleanUpRun, forgetStart } from './stop.ts';
import { dropTransientTpm } from './tpm.ts';

/** QEMU answers in some 60 ms; a loaded host with hundreds of starts takes seconds. */
const MONITOR_TIMEOUT_MS = 60_000;

/**
 * Starts `obj` from its definition. Runs in the domain's lane of the queue. Throws OPERATION_INVALID where it is active already, what
 * `checkBeforeStart` throws, and OPERATION_FAILED with QEMU's last words; then nothing of the start is left.
 */
export async function startDomain(
  context: DriverContext,
  obj: DomainObj,
  options: StartOptions,
  command: CommandContext,
): Promise<void> {
  if (obj.live?.phase === 'stopping') await (obj.live.stopping ?? obj.live.stopped.promise);
  // While this start waited for its turn the entry may have left: a failed definition, the end of a transient domain. A QEMU started for it now
  // would be nobody's.
  if (context.list.byUuid(obj.uuid) !== obj)
    throw virError('NO_DOMAIN', `domain '${obj.name}' is gone: it ended or was undefined meanwhile`);
  if (obj.live) throw virError('OPERATION_INVALID', `domain is already active as '${obj.name}'`);
  if (obj.isRemoving) throw virError('OPERATION_INVALID', `domain '${obj.name}' is being removed`);
  const stranger = context.unadopted.get(obj.uuid);
  if (stranger) throw virError('OPERATION_FAILED', `domain '${obj.name}' may still run: ${stranger}`);
  let live: LiveDomain | undefined;
  let saved: SavedStart | undefined;
  try {
    obj.problem = undefined;
    saved = await openSavedStart(context, obj, options);
    const def = options.definition ?? saved?.def ?? obj.def;
    await checkCompanions(context, def);
    // A saved guest's is its run's, and it must not be lost for it.
    if (!saved) assertVcpuOrder(def);
    await checkBeforeStart(context, obj, def);
    const native = await makeNative(context, await withBackingChains(def), {
      ...options,
      incoming: saved !== undefined,
    });
    live = await makeLive(context, obj, native, saved?.restoring);
    if (command.signal.aborted) throw virError('OPERATION_ABORTED', `the start of domain '${obj.name}' was cancelled`);
    assertDisksFree(context, obj, def);
    obj.live = live;
    await queueStatus(context, obj, live);
    await spawn(context, obj, live, { ...native, incomingFd: saved?.file.fd }, command.signal);
    await queueStatus(context, obj, live);
    await connectMonitor(context, obj, live, command.signal);
    await run(context, obj, live, { options, saved, command });
  } catch (error) {
    const described = await describeFailure(live, obj.name, error);
    const failure = saved && !live?.isRestored ? restoreFailure(obj, saved.restoring, described) : described;
    obj.problem = {
      code: failure.code,
      message: failure.message,
      at: context.now(),
      ...(failure.detail ? { detail: failure.detail } : {}),
    };
    if (live?.isRestored && obj.live === live) emit(context, obj, { kind: 'updated' });
    else if (await undo(context, obj, live)) forgetStart(context, obj, live);
    throw failure;
  } finally {
    await saved?.file.close();
  }
}

async function makeLive(
  context: DriverContext,
  obj: DomainObj,
  native: NativeRun,
  restoring: LiveDomain['restoring'],
): Promise<LiveDomain> {
  const runtimeDir = domainRuntimeDir(context.paths, obj.uuid);
  await context.host.makeRuntimeDir(runtimeDir);
  return {
    startId: randomUUID(),
    id: native.id,
    startedAt: context.now(),
    accelerator: native.accelerator,
    def: native.def,
    runtimeDir,
    logPath: join(context.paths.logDir, `${obj.name}.log`),
    process: undefined,
    companions: [],
    monitor: undefined,
    vcpuThreads: [],
    serials: [],
    phase: 'starting',
    isRebooting: false,
    restoring,
    isExpectedToEnd: false,
    events: Promise.resolve(),
    stopped: Promise.withResolvers<void>(),
  };
}

/** Throws OPERATION_ABORTED where a destroy ended this run meanwhile: it waits for nobody, and what was spawned behind its back would be nobody's. */
function assertStillStarting(obj: DomainObj, live: LiveDomain): void {
  if (obj.live !== live || live.phase !== 'starting')
    throw virError('OPERATION_ABORTED', `domain '${obj.name}' was forced off while it was starting`);
}

async function spawn(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  native: NativeRun & { readonly incomingFd: number | undefined },
  signal: AbortSignal,
): Promise<void> {
  assertStillStarting(obj, live);
  // QEMU connects to its companions as it starts.
  const spawnAll = async (): Promise<void> => {
    await startCompanions({ context, obj, live, signal }, native.incomingFd !== undefined);
    assertStillStarting(obj, live);
    live.process = await context.host.spawn({
      argv: native.argv,
      startId: live.startId,
      monitorPath: monitorPathOf(live.runtimeDir),
      logPath: live.logPath,
      env: native.env,
      incomingFd: native.incomingFd,
    });
  };
  live.spawning = spawnAll();
  await live.spawning;
  enterScope(context, obj, live);
  assertStillStarting(obj, live);
}

/** Opens the monitor; a QEMU that dies meanwhile ends the wait at once. */
async function connectMonitor(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  signal: AbortSignal,
): Promise<void> {
  const qemu = live.process as QemuProcess;
  const death = new AbortController();
  const either = AbortSignal.any([signal, death.signal]);
  void qemu.exited.then(() => death.abort());
  try {
    live.monitor = await context.host.openMonitor({
      path: monitorPathOf(live.runtimeDir),
      signal: either,
      timeoutMs: MONITOR_TIMEOUT_MS,
    });
    const threads = await live.monitor.execute('query-cpus-fast', undefined, { signal: either });
    live.vcpuThreads = vcpuThreadIds(threads);
  } catch (error) {
    if (death.signal.aborted && !signal.aborted)
      throw virError('OPERATION_FAILED', `QEMU ended while domain '${obj.name}' was starting`, { cause: error });
    throw error;
  }
  live.serials = openSerials(live);
  watchLive(context, obj, live);
}

interface Run {
  readonly options: StartOptions;
  readonly saved: SavedStart | undefined;
  readonly command: CommandContext;
}

async function run(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  { options, saved, command }: Run,
): Promise<void> {
  const { signal } = command;
  if (live.def.onReboot === 'destroy') await live.monitor?.execute('set-action', { reboot: 'shutdown' }, { signal });
  await setUpDevices(live, command);
  await applyPins(context, live, command);
  if (saved) await asJob(context, obj, 'start', command, (job) => loadMemory(live, saved.file, command, job));
  else await dropForBoot(context, obj);
  if (!saved && !options.paused) await live.monitor?.execute('cont', undefined, { signal });
  assertStillStarting(obj, live);
  live.phase = 'running';
  watchCompanions({ context, obj, live });
  if (saved) {
    await takeOverFromSave(context, obj, live);
    await markPending(context, obj);
  } else {
    setBooted(context, obj, options.paused ?? false);
    // The command is done only when a new engine would find it done: one that still read 'starting' would end the guest.
    await queueStatus(context, obj, live);
  }
  resyncLive(context, obj, live);
  context.log.info(
    { domain: obj.name, pid: live.process?.identity.pid, accelerator: live.accelerator },
    'domain started',
  );
}

async function describeFailure(live: LiveDomain | undefined, name: string, error: unknown) {
  const failure = toVirError(error);
  const words = live?.process ? await live.process.lastWords() : '';
  return words === '' || failure.code === 'OPERATION_ABORTED' ? failure : explainQemuFailure(name, words, failure);
}

async function undo(context: DriverContext, obj: DomainObj, live: LiveDomain | undefined): Promise<boolean> {
  if (!live) return true;
  if (live.phase === 'stopping') {
    // An event ends this run already, and will tell: two that clean up would take away what the next start makes.
    await live.stopping?.catch(() => undefined); // it has told its own caller
    return false;
  }
  live.phase = 'stopping';
  live.isExpectedToEnd = true;
  live.monitor?.close();
  for (const serial of live.serials) serial.dispose();
  try {
    if (live.process) await context.host.kill(live.process.identity, { graceful: false });
    await endCompanions(context, obj, live);
    await dropTransientTpm(context, obj, live, false);
    await cleanUpRun(context, obj, live);
    return true;
  } catch (error) {
    // It can't be killed: it stays active, so that no second one is started and destroy can be tried again. Nor is it the guest that was saved, and no engine
    // that takes over may take it for that: it would remove the only copy.
    live.phase = 'running';
    live.restoring = undefined;
    setState(context, obj, { state: 'crashed', reason: 'failed' });
    context.log.error({ domain: obj.name, error: String(error) }, 'QEMU of a failed start could not be ended');
    return false;
  }
}

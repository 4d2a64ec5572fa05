// What QEMU tells while a domain runs. The reader only enqueues; each event is then handled alone, in order, and looks again whether the domain is
// still the same run. libvirt: qemuProcessHandle* and processEventHandler.
import { virError } from '../../../common/errors.ts';
import { isKvmInternalError } from '../../qemu/accelerator.ts';
import type { MonitorEvent } from '../../qemu/monitor-commands.ts';
import { pause } from '../../util/deadline.ts';
import { handleAgentPort, resyncAgentPort } from '../agent/agent-port.ts';
import type { DriverContext } from '../context.ts';
import { handleDeviceEvent } from '../devices/device-events.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit, queueStatus, setState } from '../registry/state-writer.ts';
import { explainQemuFailure } from './explain-failure.ts';
import { handleIoError, handlePanic, handleWatchdog } from './guest-trouble.ts';
import { resumeDetail } from './life-events.ts';
import { SAVED, type StopRequest, stopDomain } from './stop.ts';

/** The monitor of a QEMU that is gone ends at once, unless a process of its own has it too. */
const LAST_EVENTS_MS = 1_000;

/** Follows the monitor and the process of `live` until its end. */
export function watchLive(context: DriverContext, obj: DomainObj, live: LiveDomain): void {
  live.monitor?.onEvent((event) => {
    if (context.monitorEvents.hasListeners)
      context.monitorEvents.fire({ uuid: obj.uuid, name: obj.name, at: context.now(), ...event });
    enqueue(context, obj, live, () => handleEvent(context, obj, live, event));
  });
  const allIsSaid = new AbortController();
  const { monitor } = live;
  if (!monitor || monitor.isClosed) allIsSaid.abort();
  monitor?.onClose(() => {
    allIsSaid.abort();
    enqueue(context, obj, live, () => handleDeath(context, obj, live));
  });
  void live.process?.exited.then(async () => {
    // Its last events may still be on their way to us: why it ends, which the news of its death alone does not tell.
    await pause(LAST_EVENTS_MS, allIsSaid.signal);
    enqueue(context, obj, live, () => handleDeath(context, obj, live));
  });
}

/**
 * Asks QEMU how it stands and acts as if it had told. After a start, whose own code ignored what was told meanwhile, and after an adoption, before
 * which nobody listened.
 */
export function resyncLive(context: DriverContext, obj: DomainObj, live: LiveDomain): void {
  enqueue(context, obj, live, async () => {
    if (live.monitor?.isClosed) return handleDeath(context, obj, live);
    const status = (await live.monitor?.execute('query-status'))?.status;
    if (obj.live !== live || status === undefined) return;
    if (status === 'prelaunch') return goOnBehindReset(context, obj, live);
    if (status === 'guest-panicked') return handlePanic(context, obj, live);
    if (status === 'running') {
      // The last engine died between `cont` and the record of it.
      if (obj.state === 'paused' || obj.state === 'pmsuspended' || obj.state === 'crashed')
        setState(context, obj, { state: 'running', reason: 'unpaused', event: 'Resumed', detail: 'Unpaused' });
      return;
    }
    if (status === 'suspended') {
      if (obj.state !== 'pmsuspended')
        setState(context, obj, { state: 'pmsuspended', reason: 'guest', event: 'PMSuspended', detail: 'Memory' });
      return;
    }
    if (status === 'shutdown') return handleShutdown(context, obj, live, { reason: 'guest-shutdown' });
    if (obj.state === 'running') return handleStop(context, obj, live);
  });
  enqueue(context, obj, live, () => resyncAgentPort(context, obj, live));
}

/** The last engine died between a reset that was to go on and its `cont`: a reboot, a guest that restarts after its end or its crash. */
async function goOnBehindReset(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const isAfterCrash = obj.state === 'crashed' && /^(coredump-)?restart$/.test(live.def.onCrash ?? '');
  if (obj.state !== 'running' && !isAfterCrash) return; // it waits, as somebody wished
  live.isRebooting = false;
  if (isAfterCrash) live.resumeReason = 'crashed';
  await live.monitor?.execute('cont');
  void queueStatus(context, obj, live);
}

function enqueue(context: DriverContext, obj: DomainObj, live: LiveDomain, handle: () => Promise<void>): void {
  live.events = live.events
    .then(async () => {
      if (obj.live === live) await handle();
    })
    .catch((error: unknown) =>
      context.log.error({ domain: obj.name, error: String(error) }, 'an event could not be handled'),
    );
}

async function handleEvent(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  { event, data }: MonitorEvent,
): Promise<void> {
  // While the start or the stop is under way, their own code says what the state is.
  if (live.phase !== 'running' && event !== 'SHUTDOWN') return;
  switch (event) {
    case 'SHUTDOWN':
      return handleShutdown(context, obj, live, { reason: String(data.reason ?? ''), guest: data.guest === true });
    case 'STOP':
      return handleStop(context, obj, live);
    case 'RESUME':
      return handleResume(context, obj, live);
    case 'VSERPORT_CHANGE':
      return handleAgentPort(context, obj, live, { data });
    case 'RESET':
      live.isFrozen = false; // a system that begins anew has thawed filesystems; the next status says so
      return emit(context, obj, { kind: 'reboot' });
    case 'SUSPEND_DISK':
      return setState(context, obj, { state: 'pmsuspended', reason: 'guest', event: 'PMSuspended', detail: 'Disk' });
    case 'SUSPEND':
      return setState(context, obj, { state: 'pmsuspended', reason: 'guest', event: 'PMSuspended', detail: 'Memory' });
    case 'WAKEUP':
      return setState(context, obj, { state: 'running', reason: 'wakeup', event: 'Started', detail: 'Wakeup' });
    case 'WATCHDOG':
      return handleWatchdog(context, obj, live, data);
    case 'BLOCK_IO_ERROR':
      return handleIoError(context, obj, live, data);
    case 'GUEST_PANICKED':
      return handlePanic(context, obj, live);
    default: // QEMU has dozens more that say nothing of a domain's state
      return handleDeviceEvent(context, obj, live, { event, data });
  }
}

/**
 * The guest has powered off, or asked for a reset that is not to be: QEMU stays (-no-shutdown) until we have decided. Or somebody has sent QEMU a SIGTERM (the end of a
 * session), and it ends in good order by itself.
 */
async function handleShutdown(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  { reason, guest: isGuest }: { readonly reason: string; readonly guest?: boolean | undefined },
): Promise<void> {
  if (live.isExpectedToEnd || reason === 'host-qmp-quit') return;
  const goesOn = reason !== 'host-signal';
  if (goesOn && (live.isRebooting || live.def.onPoweroff === 'restart')) {
    await live.monitor?.execute('system_reset');
    await live.monitor?.execute('cont');
    if (obj.live !== live) return;
    live.isRebooting = false; // not before: an engine that dies in between leaves a guest that is still to be reset
    return void queueStatus(context, obj, live); // the reset is told by QEMU
  }
  // After an adoption nobody knows who asked.
  const by = isGuest === undefined ? '' : ` after ${isGuest ? 'guest' : 'host'} request`;
  setState(context, obj, { state: 'shutdown', reason: 'user', event: 'Shutdown', detail: `Finished${by}` });
  await stopDomain(context, obj, live, { reason: 'shutdown', event: 'Stopped', detail: 'Shutdown' });
}

function handleResume(context: DriverContext, obj: DomainObj, live: LiveDomain): void {
  const reason = live.resumeReason ?? 'unpaused';
  live.resumeReason = undefined;
  if (live.ioError !== undefined && obj.problem?.message === live.ioError) obj.problem = undefined;
  live.ioError = undefined;
  if (obj.state !== 'running')
    setState(context, obj, { state: 'running', reason, event: 'Resumed', detail: resumeDetail(reason) });
}

async function handleStop(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const status = (await live.monitor?.execute('query-status'))?.status;
  if (obj.live !== live || live.phase !== 'running') return;
  // What follows a panic may have begun by now (guest-trouble.ts), and this pause is the panic's.
  if (obj.state === 'crashed') return;
  if (status === 'internal-error') return handleInternalError(context, obj, live);
  if (status === 'shutdown' || status === 'running' || status === 'guest-panicked') return; // told by their own events
  const [reason, detail] =
    status === 'io-error'
      ? (['ioerror', 'I/O Error'] as const)
      : status === 'watchdog'
        ? (['watchdog', 'Watchdog'] as const)
        : ([live.pauseReason ?? 'user', 'Paused'] as const);
  live.pauseReason = undefined;
  if (obj.state !== 'paused') setState(context, obj, { state: 'paused', reason, event: 'Suspended', detail });
}

/** QEMU stopped because its accelerator gave up. Under KVM that is the host's fault, and TCG is the way out. */
async function handleInternalError(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const words = (await live.process?.lastWords()) ?? '';
  const problem: StopRequest['problem'] =
    live.accelerator === 'kvm'
      ? kvmProblem(context, obj, words)
      : { code: 'NO_SUPPORT', message: `QEMU stopped domain '${obj.name}' with an internal error`, detail: words };
  await stopDomain(context, obj, live, { reason: 'crashed', event: 'Stopped', detail: 'Crashed', problem });
}

/** KVM gave up on a guest: guests run in software from now on, and the person is told why and what comes next. */
function kvmProblem(context: DriverContext, obj: DomainObj, words: string): NonNullable<StopRequest['problem']> {
  context.accelerator.reportKvmFailure(
    words.split('\n').find(isKvmInternalError) ?? 'a guest stopped with an internal error',
  );
  const message = `KVM gave up on domain '${obj.name}' on this host, so it was stopped; start it again and it runs without KVM, in software and slower`;
  return { code: 'NO_SUPPORT', message, detail: words };
}

/** The monitor closed or the process ended. When nobody asked for it, it is a crash, and QEMU's last words say why. */
async function handleDeath(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  if (live.phase !== 'running') return; // start and stop look after themselves
  if (live.saving?.phase === 'saved') {
    obj.problem = undefined; // that it could not be ended
    return stopDomain(context, obj, live, SAVED);
  }
  const request: StopRequest = live.isExpectedToEnd
    ? { reason: 'destroyed', event: 'Stopped', detail: 'Destroyed' }
    : { reason: 'crashed', event: 'Stopped', detail: 'Failed', problem: await crashProblem(context, obj, live) };
  await stopDomain(context, obj, live, request);
}

async function crashProblem(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<StopRequest['problem']> {
  const words = (await live.process?.lastWords()) ?? '';
  if (live.accelerator === 'kvm' && isKvmInternalError(words)) return kvmProblem(context, obj, words);
  const why = live.isWatchdogEnding
    ? `the watchdog of domain '${obj.name}' ran out, and the domain was ended (action poweroff)`
    : `QEMU of domain '${obj.name}' ended unexpectedly`;
  const base = virError('OPERATION_FAILED', why);
  const { code, message, detail } = explainQemuFailure(obj.name, words, base);
  return { code, message, detail };
}

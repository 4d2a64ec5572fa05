// The end of a run, however it came: libvirt's qemuProcessStop. It may be called by a command, by an event, by the death of the process, and by several
// of them at once; the first does it, the others wait for the same end.
import type { ErrorCode } from '../../../common/errors.ts';
import type { DomainReason } from '../../../common/model/domain.ts';
import type { LifecycleEvent } from '../../../common/model/event.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit, setState } from '../registry/state-writer.ts';
import { endCompanions } from './companions.ts';
import { tellHostShutdown } from './life-events.ts';
import { dropTransientTpm } from './tpm.ts';

export interface StopRequest {
  readonly reason: DomainReason;
  readonly event: LifecycleEvent;
  /** virsh's word: 'Shutdown', 'Destroyed', 'Crashed', 'Failed'. */
  readonly detail: string;
  readonly problem?:
    | { readonly code: ErrorCode; readonly message: string; readonly detail?: string | undefined }
    | undefined;
  /** Never SIGKILL; rejects with RESOURCE_BUSY where the process stays, and the domain then stays active. */
  readonly graceful?: boolean;
  /** Aborted by a destroy that does not want to wait for a graceful one. */
  readonly signal?: AbortSignal | undefined;
}

/** The end of a run whose guest is in a saved file. */
export const SAVED: StopRequest = { reason: 'saved', event: 'Stopped', detail: 'Saved' };

/** Ends `live`: process, sockets, status file; then tells, and lets go of a transient entry. Resolves when nothing of the run is left. */
export async function stopDomain(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  request: StopRequest,
): Promise<void> {
  if (obj.live !== live) return live.stopped.promise;
  if (live.phase === 'stopping') return live.stopping ?? live.stopped.promise;
  live.stopping = endRun(context, obj, live, request);
  return live.stopping;
}

async function endRun(context: DriverContext, obj: DomainObj, live: LiveDomain, request: StopRequest): Promise<void> {
  live.phase = 'stopping';
  live.isExpectedToEnd = true;
  try {
    await live.spawning?.catch(() => undefined); // a spawn that failed left nothing to kill
    if (live.process)
      await context.host.kill(live.process.identity, { graceful: request.graceful ?? false, signal: request.signal });
  } catch (error) {
    live.phase = 'running'; // also where a start was under way: that has given up, and destroy must find it
    live.isExpectedToEnd = false;
    throw error;
  }
  live.monitor?.close();
  for (const serial of live.serials) serial.dispose();
  await endCompanions(context, obj, live);
  const wasPersistent = obj.isPersistent;
  await dropTransientTpm(context, obj, live, true);
  await cleanUpRun(context, obj, live);
  // It was undefined meanwhile, and leaves now: nobody would know of its TPM.
  if (wasPersistent && !obj.isPersistent) await dropTransientTpm(context, obj, live, true);
  finish(context, obj, live, request);
}

/** Takes away what a run left on disk. Failures are logged: they must not keep a domain from being stopped. */
export async function cleanUpRun(
  context: DriverContext,
  obj: Pick<DomainObj, 'uuid' | 'name' | 'statusWrites'>,
  live: Pick<LiveDomain, 'runtimeDir'>,
): Promise<void> {
  await obj.statusWrites;
  for (const step of [
    () => context.host.removeStatus(obj.uuid),
    () => context.host.removeRuntimeDir(live.runtimeDir),
  ]) {
    await step().catch((error: unknown) =>
      context.log.error({ domain: obj.name, error: String(error) }, 'something of a run could not be removed'),
    );
  }
}

function finish(context: DriverContext, obj: DomainObj, live: LiveDomain, request: StopRequest): void {
  const wasUp = live.monitor && obj.state !== 'shutoff' && obj.state !== 'shutdown';
  if (wasUp && request.reason === 'destroyed') tellHostShutdown(context, obj);
  if (request.problem) {
    const { code, message, detail } = request.problem;
    obj.problem = { code, message, at: context.now(), ...(detail ? { detail } : {}) };
  }
  obj.live = undefined;
  obj.hasNewDefinition = false;
  if (!obj.isPersistent) context.list.remove(obj);
  setState(context, obj, { state: 'shutoff', reason: request.reason, event: request.event, detail: request.detail });
  context.log.info({ domain: obj.name, detail: request.detail }, 'domain stopped');
  live.stopped.resolve();
}

/** A start that did not come to be: the entry is as it was before, a transient one leaves. */
export function forgetStart(context: DriverContext, obj: DomainObj, live: LiveDomain | undefined): void {
  if (live && obj.live === live) obj.live = undefined;
  if (!obj.isPersistent) context.list.remove(obj);
  obj.state = 'shutoff';
  obj.reason = 'failed';
  emit(context, obj, { kind: 'lifecycle', event: 'Stopped', detail: 'Failed' });
  live?.stopped.resolve();
}

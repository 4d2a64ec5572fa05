// An adopted guest's QEMU: connected to, however long it hangs, and what the last engine was in the middle of is finished.
import { toVirError } from '../../../common/errors.ts';
import { pause } from '../../util/deadline.ts';
import { recoverBlockJobs } from '../block/recover-jobs.ts';
import { openSerials } from '../consoles/serials.ts';
import type { DriverContext } from '../context.ts';
import { reconcileDevices } from '../devices/reconcile.ts';
import { vcpuThreadIds } from '../devices/vcpu-slots.ts';
import type { MonitorPort } from '../host/host-port.ts';
import { monitorPathOf } from '../native.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import { recoverDump } from '../save/dump.ts';
import { recoverSave } from '../save/end-save.ts';
import { finishRestore } from '../save/restore.ts';
import { watchCompanions } from './companions.ts';
import { resyncLive, watchLive } from './monitor-events.ts';

const MONITOR_TIMEOUT_MS = 5_000;
const RETRY_MS = 1_000;

/** Opens the monitor and checks the UUID. A QEMU that does not answer stays known, can be forced off, and says so. */
async function connectMonitor(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<string | undefined> {
  let monitor: MonitorPort | undefined;
  try {
    monitor = await context.host.openMonitor({
      path: monitorPathOf(live.runtimeDir),
      timeoutMs: MONITOR_TIMEOUT_MS,
    });
    const { UUID } = await monitor.execute('query-uuid', undefined, { timeoutMs: MONITOR_TIMEOUT_MS });
    if (UUID.toLowerCase() !== obj.uuid) {
      monitor.close();
      return 'another domain answers on its monitor';
    }
    const threads = await monitor.execute('query-cpus-fast', undefined, { timeoutMs: MONITOR_TIMEOUT_MS });
    live.monitor = monitor;
    live.vcpuThreads = vcpuThreadIds(threads);
    return undefined;
  } catch (error) {
    monitor?.close(); // QEMU hears one client only: an open one would keep the next attempt out
    return error instanceof Error ? error.message : String(error);
  }
}

/** Connects, however long QEMU hangs, and from then on hears it. Ends with the run. */
export async function followAdopted(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  for (
    let problem = await connectMonitor(context, obj, live);
    problem;
    problem = await connectMonitor(context, obj, live)
  ) {
    if (obj.live !== live) return live.monitor?.close();
    obj.problem = {
      code: 'OPERATION_FAILED',
      message: `QEMU of domain '${obj.name}' does not answer; it can only be forced off`,
      detail: problem,
      at: context.now(),
    };
    emit(context, obj, { kind: 'updated' });
    await pause(RETRY_MS);
    if (obj.live !== live) return;
  }
  if (obj.live !== live) return live.monitor?.close();
  obj.problem = undefined;
  live.serials = openSerials(live);
  watchLive(context, obj, live);
  watchCompanions({ context, obj, live });
  await asAdoption(context, obj, () => finishInterrupted(context, obj, live));
  if (obj.live !== live) return;
  resyncLive(context, obj, live);
  emit(context, obj, { kind: 'updated' });
  await asAdoption(context, obj, () => recoverDump(context, obj, live)); // may take as long as QEMU writes
}

/** What the last engine was in the middle of. */
async function finishInterrupted(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const report = await recoverSave(context, obj, live);
  if (report) context.log.info({ report }, 'adoption');
  if (obj.live === live) await finishRestore(context, obj, live);
  if (obj.live === live) await recoverBlockJobs(context, obj, live);
  if (obj.live === live) await reconcileDevices(context, obj, live);
}

/** A failure is told by the domain, and leaves it as it is. */
async function asAdoption(context: DriverContext, obj: DomainObj, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message, detail } = toVirError(error);
    obj.problem = { code, message, at: context.now(), ...(detail ? { detail } : {}) };
    emit(context, obj, { kind: 'updated' });
  }
}

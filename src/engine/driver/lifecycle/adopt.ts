// Adoption: what a new engine does with what the last one left running. Handing over and recovering from a crash are this same code. A process is ours
// only if its pid, its start time and the start id in its environment agree, and its QEMU says the UUID; a pid alone never counts.

import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { toVirError } from '../../../common/errors.ts';
import { parseDomain } from '../../conf/domain.ts';
import type { FoundCompanion } from '../../qemu/companion-process.ts';
import { adoptQemu, killQemu } from '../../qemu/process.ts';
import { findStarted, isSameProcess, type ProcessIdentity, probeStartId } from '../../qemu/process-identity.ts';
import { settleTpms } from '../../qemu/tpm-state.ts';
import { domainRuntimeDir } from '../../state/domain-runtime-dir.ts';
import { type DomainStatus, loadStatuses } from '../../state/status-files.ts';
import { pause } from '../../util/deadline.ts';
import { recoverBlockJobs } from '../block/recover-jobs.ts';
import { openSerials } from '../consoles/serials.ts';
import type { DriverContext } from '../context.ts';
import { pendingOf } from '../devices/pending.ts';
import { reconcileDevices } from '../devices/reconcile.ts';
import type { MonitorPort } from '../host/host-port.ts';
import { monitorPathOf } from '../native.ts';
import { DomainObj, type LiveDomain } from '../registry/domain-obj.ts';
import { emit, setState } from '../registry/state-writer.ts';
import { recoverDump } from '../save/dump.ts';
import { recoverSave } from '../save/end-save.ts';
import { finishRestore } from '../save/restore.ts';
import { companionsToAdopt, findAllCompanions, sweepCompanions } from './adopt-companions.ts';
import { watchCompanions } from './companions.ts';
import { resyncLive, watchLive } from './monitor-events.ts';
import { dropTransientTpm } from './tpm.ts';

const MONITOR_TIMEOUT_MS = 5_000;
/** How long the engine's start waits for a QEMU's answer. */
const ANSWER_MS = 500;
const RETRY_MS = 1_000;

type Started = Awaited<ReturnType<typeof findStarted>>;

/** The process of `status`, by its record or, where the engine died between spawn and record, by its environment. */
async function findProcess(status: DomainStatus, started: Started): Promise<ProcessIdentity | undefined> {
  const candidates = started.get(status.startId) ?? [];
  const recorded = status.process;
  const found = recorded
    ? candidates.find(({ pid, startTime }) => pid === recorded.pid && startTime === recorded.startTime)
    : candidates[0];
  return found && (await isSameProcess(found)) ? found : undefined;
}

async function clear(context: DriverContext, status: DomainStatus): Promise<void> {
  await context.host.removeStatus(status.uuid);
  await context.host.removeRuntimeDir(domainRuntimeDir(context.paths, status.uuid));
}

/** The TPM of a transient domain that is gone. Before its status is: else nobody would know of it. */
async function dropTpm(context: DriverContext, status: DomainStatus): Promise<void> {
  if (status.isPersistent || context.list.byUuid(status.uuid)) return;
  const { def } = parseDomain(status.xml, { file: `the status of '${status.name}'` });
  await dropTransientTpm(
    context,
    { ...status, isPersistent: false },
    { def, hasNewTpm: status.hasNewTpm, tpmAtEnd: status.tpmAtEnd },
    status.phase === 'running',
  );
}

function makeLive(context: DriverContext, status: DomainStatus, found: readonly FoundCompanion[]): LiveDomain {
  const { def } = parseDomain(status.xml, { file: `the status of '${status.name}'` });
  return {
    startId: status.startId,
    id: status.id,
    startedAt: status.startedAt,
    accelerator: status.accelerator,
    def,
    runtimeDir: domainRuntimeDir(context.paths, status.uuid),
    logPath: join(context.paths.logDir, `${status.name}.log`),
    process: undefined,
    companions: companionsToAdopt(context, status, def, found),
    hasNewTpm: status.hasNewTpm,
    tpmAtEnd: status.tpmAtEnd,
    monitor: undefined,
    vcpuThreads: [],
    serials: [],
    phase: 'running',
    isRebooting: status.isRebooting,
    saving: status.saving,
    restoring: status.restoring,
    blockJobs: status.blockJobs,
    dumping: status.dumping,
    isFrozen: status.isFrozen,
    isExpectedToEnd: false,
    events: Promise.resolve(),
    stopped: Promise.withResolvers<void>(),
  };
}

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
    live.vcpuThreads = threads.map((cpu) => cpu['thread-id']);
    return undefined;
  } catch (error) {
    monitor?.close(); // QEMU hears one client only: an open one would keep the next attempt out
    return error instanceof Error ? error.message : String(error);
  }
}

/** The entry that the run belongs to: the loaded definition of this UUID, else a transient one. */
function entryOf(context: DriverContext, status: DomainStatus, live: LiveDomain): DomainObj {
  const existing = context.list.byUuid(status.uuid);
  if (existing) return existing;
  return context.list.add(
    { uuid: status.uuid, name: status.name },
    { checkLive: false },
    () => new DomainObj({ uuid: status.uuid, def: live.def, isPersistent: false }),
  ).entry;
}

/** Connects, however long QEMU hangs, and from then on hears it. Ends with the run. */
async function follow(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
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

/** Whether the next start changes something. The definition may have been stored behind the last status. */
function isChanged(context: DriverContext, obj: DomainObj, status: DomainStatus): boolean {
  try {
    return pendingOf(context, obj).length > 0;
  } catch {
    return obj.isPersistent && (status.hasNewDefinition ?? false); // a definition that no start could use now
  }
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

async function adoptOne(
  context: DriverContext,
  status: DomainStatus,
  started: Started,
  companions: readonly FoundCompanion[],
): Promise<string> {
  const identity = await findProcess(status, started);
  if (!identity) {
    await dropTpm(context, status);
    await clear(context, status);
    const obj = context.list.byUuid(status.uuid);
    if (status.dumping) await context.host.removeFile(status.dumping.temporary).catch(() => undefined); // a folder that is gone
    if (status.saving) {
      const { hasTemporary, hasFile } = await context.host.findSave(status.saving);
      if (hasTemporary) await context.host.removeFile(status.saving.temporary);
      else if (hasFile && status.saving.phase !== 'preparing') return `'${status.name}' had just been saved`;
    }
    if (obj && status.phase === 'running')
      obj.problem = {
        code: 'OPERATION_FAILED',
        message: `QEMU of domain '${status.name}' ended while no engine was running`,
        at: context.now(),
      };
    return status.phase === 'running'
      ? `'${status.name}' had ended meanwhile`
      : `the start of '${status.name}' had not come to be`;
  }
  if (status.phase === 'starting') {
    // Its client was never told that it runs: the start counts as not happened.
    for (const each of started.get(status.startId) ?? [identity]) await killQemu(each);
    await dropTpm(context, status);
    await clear(context, status);
    return `'${status.name}' was half started and was ended`;
  }
  const live = makeLive(context, status, companions);
  const obj = entryOf(context, status, live);
  obj.live = live;
  obj.hasNewDefinition = isChanged(context, obj, status);
  live.process = await adoptQemu(identity, live.logPath);
  setState(context, obj, { state: status.state, reason: status.reason });
  watchLive(context, obj, live); // its end, also before its monitor answers
  // One that hangs must not keep the engine from serving the others.
  await Promise.race([follow(context, obj, live), pause(ANSWER_MS)]);
  return `'${status.name}' is running and was taken over`;
}

/** Folders of runs that no status file speaks of: sockets of domains that ended long ago. */
async function sweepRuntimeDirs(context: DriverContext): Promise<void> {
  const root = join(context.paths.runtimeDir, 'd');
  // Also those of status files that could not be understood: a QEMU may be behind them.
  const spokenOf = (await readdir(context.paths.statusDir)).map((name) =>
    domainRuntimeDir(context.paths, basename(name, '.json')),
  );
  const used = new Set([
    ...spokenOf,
    ...context.list.values().flatMap((obj) => (obj.live ? [obj.live.runtimeDir] : [])),
  ]);
  for (const name of await readdir(root)) {
    const path = join(root, name);
    if (!used.has(path)) await rm(path, { recursive: true, force: true });
  }
}

/** Half-written files of an engine that died: none of them ever had a name that counts. A save that goes on again has been taken back by now. */
async function sweepTemporaries({ paths, list }: DriverContext): Promise<void> {
  const inUse = new Set(list.values().flatMap(({ live }) => (live?.saving ? [live.saving.temporary] : [])));
  for (const dir of [paths.definitionDir, paths.statusDir, paths.saveDir, paths.dumpDir]) {
    const names = await readdir(dir).catch(() => []); // a home that can't be read has told already
    for (const name of names.filter((candidate) => /^\..*\.(tmp|saving)$/.test(candidate))) {
      const path = join(dir, name);
      if (!inUse.has(path)) await rm(path, { force: true });
    }
  }
}

/** Adopts everything that the status files speak of; returns what was done, one sentence each. */
export async function adoptAll(context: DriverContext): Promise<readonly string[]> {
  const reports: string[] = [];
  const [statuses, started, companions] = await Promise.all([
    loadStatuses(context.paths),
    findStarted(),
    findAllCompanions(context),
  ]);
  await Promise.all(
    statuses.map(async (status) => {
      if ('broken' in status) {
        reports.push(`the status file ${status.broken} can't be understood and was left: ${status.message}`);
        return;
      }
      try {
        reports.push(await adoptOne(context, status, started, companions));
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const pids = (started.get(status.startId) ?? []).map(({ pid }) => pid);
        if (pids.length > 0)
          context.unadopted.set(
            status.uuid,
            `its QEMU (process ${pids.join(', ')}) could not be taken over: ${why}; end it, then restart the engine`,
          );
        reports.push(`'${status.name}' could not be taken over: ${why}`);
      }
    }),
  );
  // A probe that the last engine did not live to end.
  for (const left of started.get(probeStartId(context.paths.runtimeDir)) ?? []) await killQemu(left);
  await sweepCompanions(context, companions);
  await settleTpms(context.paths.tpmDir, (uuid) => context.list.byUuid(uuid) !== undefined);
  await sweepRuntimeDirs(context);
  await sweepTemporaries(context);
  for (const report of reports) context.log.info({ report }, 'adoption');
  return reports;
}

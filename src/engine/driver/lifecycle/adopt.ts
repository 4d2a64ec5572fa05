// Adoption: what a new engine does with what the last one left running. Handing over and recovering from a crash are this same code. A process is ours
// only if its pid, its start time and the start id in its environment agree, and its QEMU says the UUID; a pid alone never counts.
import { join } from 'node:path';
import { parseDomain } from '../../conf/domain.ts';
import type { FoundCompanion } from '../../qemu/companion-process.ts';
import { adoptQemu, killQemu } from '../../qemu/process.ts';
import { findStarted, isSameProcess, type ProcessIdentity, probeStartId } from '../../qemu/process-identity.ts';
import { settleTpms } from '../../qemu/tpm-state.ts';
import { domainRuntimeDir } from '../../state/domain-runtime-dir.ts';
import { type DomainStatus, loadStatuses } from '../../state/status-files.ts';
import { pause } from '../../util/deadline.ts';
import type { DriverContext } from '../context.ts';
import { pendingOf } from '../devices/pending.ts';
import { DomainObj, type LiveDomain } from '../registry/domain-obj.ts';
import { setState } from '../registry/state-writer.ts';
import { companionsToAdopt, findAllCompanions, sweepCompanions } from './adopt-companions.ts';
import { followAdopted } from './adopt-follow.ts';
import { watchLive } from './monitor-events.ts';
import { sweepRuntimeDirs, sweepTemporaries } from './sweep.ts';
import { dropTransientTpm } from './tpm.ts';

/** How long the engine's start waits for a QEMU's answer. */
const ANSWER_MS = 500;

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

/** Whether the next start changes something. The definition may have been stored behind the last status. */
function isChanged(context: DriverContext, obj: DomainObj, status: DomainStatus): boolean {
  try {
    return pendingOf(context, obj).length > 0;
  } catch {
    return obj.isPersistent && (status.hasNewDefinition ?? false); // a definition that no start could use now
  }
}

/** Its QEMU ended while no engine ran; what that left is finished or taken away. */
async function settleEnded(context: DriverContext, status: DomainStatus): Promise<string> {
  await dropTpm(context, status);
  await clear(context, status);
  const { name, phase, dumping, saving } = status;
  if (dumping) await context.host.removeFile(dumping.temporary).catch(() => undefined); // a folder that is gone
  if (saving) {
    const { hasTemporary, hasFile } = await context.host.findSave(saving);
    if (hasTemporary) await context.host.removeFile(saving.temporary);
    else if (hasFile && saving.phase !== 'preparing') return `'${name}' had just been saved`;
  }
  if (phase !== 'running') return `the start of '${name}' had not come to be`;
  const obj = context.list.byUuid(status.uuid);
  if (obj)
    obj.problem = {
      code: 'OPERATION_FAILED',
      message: `QEMU of domain '${name}' ended while no engine was running`,
      at: context.now(),
    };
  return `'${name}' had ended meanwhile`;
}

async function adoptOne(
  context: DriverContext,
  status: DomainStatus,
  started: Started,
  companions: readonly FoundCompanion[],
): Promise<string> {
  const identity = await findProcess(status, started);
  if (!identity) return settleEnded(context, status);
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
  await Promise.race([followAdopted(context, obj, live), pause(ANSWER_MS)]);
  return `'${status.name}' is running and was taken over`;
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

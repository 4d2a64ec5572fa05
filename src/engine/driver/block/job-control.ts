// A job on a disk's images that is under way: how far it is, how fast it may be, and how it is asked to end (finish-job.ts: its end).
import { virError } from '../../../common/errors.ts';
import type { BlockJobInfo } from '../../../common/model/block-job.ts';
import type { QmpCall } from '../../qemu/hotplug/attach-plan.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { requireLive } from '../actions.ts';
import { assertSameRun, isUncertain, type LiveRun } from '../devices/live-run.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { measure } from '../stats/measure.ts';
import { having, jobOn, noteJob, requireDisk, saveJob, targetOf } from './block-run.ts';
import { findJob, finishJob, isAtEnd, waitForJob } from './finish-job.ts';
import { finishLater } from './finish-later.ts';

/** As long as a drive may well hold QEMU up. */
const INFO_TIMEOUT_MS = 5_000;

/** Throws INVALID_ARG, OPERATION_INVALID, OPERATION_TIMEOUT (windows ask it every second: of a QEMU that hangs, one question waits). */
export async function blockJobInfo(obj: DomainObj, wanted: string): Promise<{ job?: BlockJobInfo }> {
  const { live } = requireLive(obj);
  const target = targetOf(requireDisk(live.def, wanted));
  const record = jobOn(live, target);
  if (!record) return {};
  const jobs = await measure(live, (monitor, asked) => monitor.execute('query-block-jobs', undefined, asked), {
    timeoutMs: INFO_TIMEOUT_MS,
  });
  if (!jobs) throw virError('OPERATION_TIMEOUT', `QEMU of domain '${obj.name}' does not tell how far its jobs are`);
  const found = jobs.find(({ device }) => device === record.name);
  // It has ended, and its end is being seen to.
  if (!found) return {};
  // A pivot that its engine did not live to make can be asked for again.
  const isReady = record.state === 'ready' || (record.state === 'pivoting' && found.ready);
  const { offset, len: end, speed: bandwidth } = found;
  // One that is not ready has something left to do, also where there is nothing to count (libvirt: qemuBlockJobInfoTranslate).
  const isAtEnd = offset === end && !isReady;
  const [cur, all] = isAtEnd
    ? offset === 0
      ? [0, 1]
      : [offset - 1, end]
    : isReady && end === 0
      ? [1, 1]
      : [offset, end];
  return { job: { type: record.type, target, bandwidth, cur, end: all, isReady } };
}

/** The job on a disk. Throws INVALID_ARG where there is none. */
export function requireJob(live: LiveDomain, wanted: string): BlockJobStatus {
  const target = targetOf(requireDisk(live.def, wanted));
  const job = jobOn(live, target);
  if (!job) throw virError('INVALID_ARG', `disk ${target} does not have an active block job`);
  return job;
}

const watched = new WeakMap<LiveDomain, Set<string>>();

/** Whether a command waits for the job's end, and will see to it. */
export const isWatched = (live: LiveDomain, name: string): boolean => watched.get(live)?.has(name) ?? false;

async function whileWatched(run: LiveRun, record: BlockJobStatus, work: () => Promise<void>): Promise<void> {
  const names = watched.get(run.live) ?? new Set();
  watched.set(run.live, names.add(record.name));
  try {
    await orLater(run, record, work);
  } finally {
    names.delete(record.name);
  }
}

/** What the command could not do is done behind it: the events that would have had it done it may have kept for itself. */
async function orLater(run: LiveRun, record: BlockJobStatus, work: () => Promise<void>): Promise<void> {
  const { obj, live } = run;
  try {
    await work();
  } catch (error) {
    if (obj.live === live && live.blockJobs?.some(({ name }) => name === record.name)) finishLater(run, record);
    throw error;
  }
}

/** `blockjob --pivot`. Throws OPERATION_INVALID where it is not ready, OPERATION_FAILED where QEMU did not make it. */
export async function pivotJob(run: LiveRun, record: BlockJobStatus): Promise<void> {
  const { name, target, type } = record;
  if (type !== 'copy' && type !== 'active-commit')
    throw virError('OPERATION_INVALID', `the job on disk '${target}' does not support pivot`);
  if (record.state !== 'ready' && record.state !== 'pivoting')
    throw virError('OPERATION_INVALID', `disk '${target}' not ready for pivot yet`);
  await whileWatched(run, record, async () => {
    let job = await findJob(run, name);
    assertSameRun(run);
    if (!isAtEnd(job)) {
      await askFor(run, record, { state: 'pivoting', pivots: true }, { command: 'job-complete', args: { id: name } });
      job = await waitForJob(run, name, ['pending', 'concluded']);
    }
    const result = await finishJob({ ...run, signal: undefined }, name);
    if (result !== 'completed')
      throw virError('OPERATION_FAILED', `disk '${target}' is what it was: ${job?.error ?? 'the pivot was not made'}`);
  });
}

/** `blockjob --abort`; with `isAsync` the end is seen to by QEMU's events. */
export async function abortJob(run: LiveRun, record: BlockJobStatus, isAsync: boolean): Promise<void> {
  const { name } = record;
  const found = await findJob(run, name);
  assertSameRun(run);
  // Not by force: of a copy that is in step, both images are whole then.
  const cancel = { command: 'block-job-cancel', args: { device: name } } as const;
  if (isAsync && !isAtEnd(found)) return orLater(run, record, () => askFor(run, record, { state: 'aborting' }, cancel));
  await whileWatched(run, record, async () => {
    // One that waits for us is told to end by finishJob. What is over is over: QEMU would refuse, and its end is what is due.
    if (found?.status === 'pending') await noteJob(run, record, having({ state: 'aborting' }));
    if (!isAtEnd(found)) {
      await askFor(run, record, { state: 'aborting' }, cancel);
      await waitForJob(run, name, ['pending', 'concluded']);
    }
    await finishJob({ ...run, signal: undefined }, name);
  });
}

/** Records what is asked of QEMU, and asks. Where it refuses, the record is what it was. */
async function askFor(
  run: LiveRun,
  record: BlockJobStatus,
  change: Partial<BlockJobStatus>,
  { command, args }: QmpCall,
): Promise<void> {
  await saveJob(run, record, having(change));
  assertSameRun(run);
  try {
    await run.monitor.execute(command, args, { signal: run.signal });
  } catch (error) {
    if (!isUncertain(error) && run.obj.live === run.live)
      await noteJob(run, record, (now) => now && asBefore(now, record));
    throw error;
  }
}

/** It may have come in step meanwhile. */
function asBefore(now: BlockJobStatus, { state, pivots }: BlockJobStatus): BlockJobStatus {
  const isReady = now.wasReady && (state === 'new' || state === 'running');
  return { ...now, state: isReady ? 'ready' : state, pivots };
}

// A job on a disk's images that is under way: how far it is, how fast it may be, and its end. A pivot is stored before it is made: QEMU holds the guest's writes back
// while it waits for job-finalize, both images are the same then, and so whatever dies in between, the next start uses one that holds everything.
import { toVirError, virError } from '../../../common/errors.ts';
import type { BlockJobInfo } from '../../../common/model/block-job.ts';
import type { MonitorReply } from '../../qemu/monitor-commands.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { withDeadline } from '../../util/deadline.ts';
import { requireLive } from '../actions.ts';
import { assertSameRun, type LiveRun } from '../devices/live-run.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { measure } from '../stats/measure.ts';
import { type BlockRun, jobOn, requireDisk, targetOf, updateJob } from './block-run.ts';
import { concludeJob, outcomeOf } from './conclude.ts';
import { storeSource } from './stored-source.ts';

/** A drive that hangs can hold up the end of a job for long; then events finish it. */
const END_TIMEOUT_MS = 300_000;

type QemuJob = MonitorReply<'query-jobs'>[number];

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

async function whileWatched<T>(live: LiveDomain, name: string, work: () => Promise<T>): Promise<T> {
  const names = watched.get(live) ?? new Set();
  watched.set(live, names.add(name));
  try {
    return await work();
  } finally {
    names.delete(name);
  }
}

const findJob = async ({ monitor }: BlockRun, name: string): Promise<QemuJob | undefined> =>
  (await monitor.execute('query-jobs')).find(({ id }) => id === name);

/** Until QEMU's job is in one of `statuses`, or gone. Throws OPERATION_ABORTED, OPERATION_TIMEOUT, OPERATION_FAILED (the domain ended). */
async function waitForJob(run: BlockRun, name: string, statuses: readonly string[]): Promise<QemuJob | undefined> {
  for (;;) {
    const news = Promise.withResolvers<void>();
    const listening = [
      run.monitor.onEvent(({ event, data }) => {
        if (event === 'JOB_STATUS_CHANGE' && data.id === name) news.resolve();
      }),
      run.monitor.onClose(() => news.resolve()),
    ];
    try {
      const job = await findJob(run, name);
      assertSameRun(run);
      if (!job || statuses.includes(job.status)) return job;
      await withDeadline(news.promise, {
        signal: run.signal,
        timeoutMs: END_TIMEOUT_MS,
        what: 'the end of the block job',
      });
    } finally {
      for (const one of listening) one.dispose();
    }
  }
}

/** Does what is due of a job that waits for us or is over; of any other, nothing. Runs in the domain's lane, or at an adoption. */
export async function finishJob(run: BlockRun, name: string): Promise<'completed' | 'failed' | 'canceled' | undefined> {
  const record = run.live.blockJobs?.find((job) => job.name === name);
  if (!record) return undefined;
  let job = await findJob(run, name);
  assertSameRun(run);
  if (job?.status === 'pending') {
    await prepareEnd(run, record);
    job = await waitForJob(run, name, ['concluded']);
  }
  if (job && job.status !== 'concluded') return undefined;
  const now = run.live.blockJobs?.find((one) => one.name === name);
  return now && concludeJob(run, now, { error: job ? job.error : 'QEMU knows nothing of the job' });
}

/** The guest's writes are held back: what is to be used from here on is stored, then QEMU may change over. */
async function prepareEnd(run: BlockRun, record: BlockJobStatus): Promise<void> {
  const { context, obj, live, monitor } = run;
  const id = record.name;
  const disk = live.def.devices.disks.find((one) => targetOf(one) === record.target);
  if (disk && record.state !== 'aborting') {
    try {
      if (record.state !== 'pivoting') await updateJob(run, id, { state: 'pivoting' });
      await storeSource(context, obj, disk, outcomeOf(disk, record).disk);
    } catch (error) {
      // Then the disk stays what it was, in the definition and in QEMU.
      context.log.error({ domain: obj.name, job: id, error: String(error) }, 'a pivot could not be stored');
      await monitor.execute('job-cancel', { id });
      return;
    }
  }
  await monitor.execute('job-finalize', { id });
}

/** `blockjob --pivot`. Throws OPERATION_INVALID where it is not ready, OPERATION_FAILED where QEMU did not make it. */
export async function pivotJob(run: LiveRun, record: BlockJobStatus): Promise<void> {
  const { name, target, type } = record;
  if (type !== 'copy' && type !== 'active-commit')
    throw virError('OPERATION_INVALID', `the job on disk '${target}' does not support pivot`);
  if (record.state !== 'ready' && record.state !== 'pivoting')
    throw virError('OPERATION_INVALID', `disk '${target}' not ready for pivot yet`);
  await whileWatched(run.live, name, async () => {
    await updateJob(run, name, { state: 'pivoting' });
    assertSameRun(run);
    try {
      await run.monitor.execute('job-complete', { id: name }, { signal: run.signal });
    } catch (error) {
      if (toVirError(error).code === 'OPERATION_FAILED' && run.obj.live === run.live)
        await updateJob(run, name, { state: 'ready' });
      throw error;
    }
    const job = await waitForJob(run, name, ['pending', 'concluded']);
    const result = await finishJob({ ...run, signal: undefined }, name);
    if (result !== 'completed')
      throw virError('OPERATION_FAILED', `disk '${target}' is what it was: ${job?.error ?? 'the pivot was not made'}`);
  });
}

/** `blockjob --abort`; with `isAsync` the end is seen to by QEMU's events. */
export async function abortJob(run: LiveRun, record: BlockJobStatus, isAsync: boolean): Promise<void> {
  const { name } = record;
  const ask = async (): Promise<void> => {
    await updateJob(run, name, { state: 'aborting' });
    assertSameRun(run);
    // Not by force: of a copy that is in step, both images are whole then.
    await run.monitor.execute('block-job-cancel', { device: name }, { signal: run.signal });
  };
  if (isAsync) return ask();
  await whileWatched(run.live, name, async () => {
    await ask();
    await waitForJob(run, name, ['pending', 'concluded']);
    await finishJob({ ...run, signal: undefined }, name);
  });
}

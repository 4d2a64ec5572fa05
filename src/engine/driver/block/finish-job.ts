// The end of a job on a disk's images, once QEMU waits for us (pending) or is through (concluded). A pivot is stored before it is made: QEMU holds the guest's writes back
// while it waits for job-finalize, both images are the same then, and so whatever dies in between, the next start uses one that holds everything.
import type { MonitorReply } from '../../qemu/monitor-commands.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { withDeadline } from '../../util/deadline.ts';
import { assertSameRun } from '../devices/live-run.ts';
import { type BlockRun, having, noteJob, saveJob, targetOf } from './block-run.ts';
import { concludeJob, outcomeOf } from './conclude.ts';
import { storeSource } from './stored-source.ts';

/** A drive that hangs can hold up the end of a job for long; then events finish it. */
const END_TIMEOUT_MS = 300_000;

export type QemuJob = MonitorReply<'query-jobs'>[number];

const recordOf = ({ live }: BlockRun, name: string): BlockJobStatus | undefined =>
  live.blockJobs?.find((job) => job.name === name);

export const findJob = async ({ monitor, signal }: BlockRun, name: string): Promise<QemuJob | undefined> =>
  (await monitor.execute('query-jobs', undefined, signal && { signal })).find(({ id }) => id === name);

/** Whether nothing but our own part is left of it, or QEMU knows nothing of it. */
export const isAtEnd = (job: QemuJob | undefined): boolean =>
  !job || job.status === 'pending' || job.status === 'concluded';

/** Until QEMU's job is in one of `statuses`, or gone. Throws OPERATION_ABORTED, OPERATION_TIMEOUT, OPERATION_FAILED (the domain ended). */
export async function waitForJob(
  run: BlockRun,
  name: string,
  statuses: readonly string[],
): Promise<QemuJob | undefined> {
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

/**
 * Does what is due of a job that waits for us or is over; of one that goes on though its abort is recorded, QEMU is told to end it; of any other, nothing. Runs in the
 * domain's lane, or at an adoption.
 */
export async function finishJob(run: BlockRun, name: string): Promise<'completed' | 'failed' | 'canceled' | undefined> {
  const asked = recordOf(run, name);
  if (!asked) return undefined;
  let job = await findJob(run, name);
  assertSameRun(run);
  if (asked.state === 'aborting' && !isAtEnd(job)) await run.monitor.execute('block-job-cancel', { device: name });
  if (job?.status === 'pending') {
    await endPending(run, name);
    job = await waitForJob(run, name, ['concluded']);
  }
  if (job && job.status !== 'concluded') return undefined;
  const record = recordOf(run, name);
  return record && concludeJob(run, record, { error: job ? job.error : 'QEMU knows nothing of the job' });
}

/** The guest's writes are held back: what is to be used from here on is stored, then QEMU may change over. Or it must not. */
async function endPending(run: BlockRun, name: string): Promise<void> {
  const record = recordOf(run, name);
  if (!record) return;
  // With something left to copy it would not have come here.
  if (!record.wasReady) await noteJob(run, record, having({ wasReady: true }));
  const isStored = record.state !== 'aborting' && (await storePivot(run, record));
  if (!isStored) await storeWayBack(run, name);
  // Of one that is aborted a pivot may have been asked before; QEMU would make it.
  await run.monitor.execute(isStored ? 'job-finalize' : 'job-cancel', { id: name });
}

/** Whether the next start uses what the disk is to be; else it stays what it was, in the definition and in QEMU. */
async function storePivot(run: BlockRun, record: BlockJobStatus): Promise<boolean> {
  const { context, obj, live } = run;
  const disk = live.def.devices.disks.find((one) => targetOf(one) === record.target);
  if (!disk) return false;
  try {
    if (record.state !== 'pivoting' || !record.pivots)
      await saveJob(run, record, having({ state: 'pivoting', pivots: true }));
    await storeSource(context, obj, disk, outcomeOf(disk, record).disk);
    return true;
  } catch (error) {
    context.log.error({ domain: obj.name, job: record.name, error: String(error) }, 'a pivot could not be stored');
    return false;
  }
}

/** While both images are still alike; where that can't be stored, the guest goes on all the same, and the job's end stores it (conclude.ts). */
async function storeWayBack(run: BlockRun, name: string): Promise<void> {
  const { context, obj, live } = run;
  const record = recordOf(run, name);
  const disk = live.def.devices.disks.find((one) => targetOf(one) === record?.target);
  if (!record?.pivots || !disk) return;
  await storeSource(context, obj, outcomeOf(disk, record).disk, disk).catch((error: unknown) =>
    context.log.error({ domain: obj.name, job: name, error: String(error) }, 'the way back could not be stored'),
  );
}

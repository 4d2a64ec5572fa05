// What QEMU tells of jobs (JOB_STATUS_CHANGE). Called by device-events.ts, alone and in order; what takes long, or stores something, is a command in the domain's lane.
import type { BlockJobStatus } from '../../state/status-files.ts';
import { laneOf, ref } from '../jobs/on-domain.ts';
import { type BlockRun, replaceDisk, targetOf, updateJob } from './block-run.ts';
import { tellJob } from './conclude.ts';
import { finishJob, isWatched } from './job-control.ts';

/** A job of ours by its QEMU id: of others, such as those that are given through the monitor, it is none of us. */
export async function handleJobStatus(run: BlockRun, id: string, status: string): Promise<void> {
  const record = run.live.blockJobs?.find(({ name }) => name === id);
  if (!record) return;
  if (status === 'ready') return markReady(run, record);
  if ((status === 'pending' || status === 'concluded') && !isWatched(run.live, id)) finishLater(run, record);
}

/** A copy or an active commit is in step with the guest. */
export async function markReady(run: BlockRun, record: BlockJobStatus): Promise<void> {
  if (record.state !== 'new' && record.state !== 'running') return;
  const disk = run.live.def.devices.disks.find((one) => targetOf(one) === record.target);
  if (!disk) return;
  const mirror = disk.mirror && { ...disk.mirror, ready: 'yes' as const };
  await updateJob(
    run,
    record.name,
    { state: 'ready' },
    replaceDisk(run.live.def, record.target, { ...disk, mirror }),
  ).catch(() => undefined); // logged
  tellJob(run, record, disk, 'ready');
}

/** In the lane, behind what is under way: a definition that is being stored must not be stored over. */
export function finishLater(run: BlockRun, record: Pick<BlockJobStatus, 'name' | 'target'>): void {
  const { name, target } = record;
  const { context, obj, live } = run;
  const done = context.queue.submit({
    procedure: 'domain.blockJobAbort',
    label: `Finish the block job on ${target} of ${obj.name}`,
    domain: ref(obj),
    lane: laneOf(obj.name),
    run: async () => {
      if (obj.live === live && live.phase === 'running') await finishJob(run, name);
    },
  });
  done.catch((error: unknown) => {
    context.log.error({ domain: obj.name, job: name, error: String(error) }, 'a block job could not be finished');
    // What held the domain for so long is no reason to leave it: QEMU keeps the job until it is seen to.
    const isLate = error instanceof Error && 'code' in error && error.code === 'OPERATION_TIMEOUT';
    if (isLate && obj.live === live) finishLater(run, record);
  });
}

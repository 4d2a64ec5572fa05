// A copy or an active commit is in step with the guest.
import type { BlockJobStatus } from '../../state/status-files.ts';
import { type BlockRun, editDisk, noteJob, targetOf } from './block-run.ts';
import { tellJob } from './conclude.ts';

/** Of a job that is to end already only that it is whole. */
export async function markReady(run: BlockRun, { name }: Pick<BlockJobStatus, 'name'>): Promise<void> {
  const record = run.live.blockJobs?.find((job) => job.name === name);
  const disk = run.live.def.devices.disks.find((one) => targetOf(one) === record?.target);
  if (!record || !disk || record.wasReady) return;
  const isNews = record.state === 'new' || record.state === 'running';
  const written = noteJob(
    run,
    record,
    (now) => now && { ...now, wasReady: true, ...(isNews ? { state: 'ready' as const } : {}) },
    editDisk(record.target, (now) => (now.mirror ? { ...now, mirror: { ...now.mirror, ready: 'yes' } } : now)),
  );
  await written;
  if (isNews) tellJob(run, record, disk, 'ready');
}

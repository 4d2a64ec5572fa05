// What QEMU tells of jobs (JOB_STATUS_CHANGE). Called by device-events.ts, alone and in order; what takes long, or stores something, is a command in the domain's lane.
import type { BlockRun } from './block-run.ts';
import { finishLater } from './finish-later.ts';
import { isWatched } from './job-control.ts';
import { markReady } from './mark-ready.ts';

/** A job of ours by its QEMU id: of others, such as those that are given through the monitor, it is none of us. */
export async function handleJobStatus(run: BlockRun, id: string, status: string): Promise<void> {
  const record = run.live.blockJobs?.find(({ name }) => name === id);
  if (!record) return;
  if (status === 'ready') return markReady(run, record);
  if ((status === 'pending' || status === 'concluded') && !isWatched(run.live, id)) finishLater(run, record);
}

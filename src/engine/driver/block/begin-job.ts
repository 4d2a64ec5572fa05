// A job on a disk's images begins. Its record is on disk before QEMU hears of it, so that whoever takes over knows what to do with what it finds (recover-jobs.ts).
import type { DomainDef } from '../../conf/domain.ts';
import type { QmpCall } from '../../qemu/hotplug/attach-plan.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { assertSameRun, execute, isUncertain, type LiveRun } from '../devices/live-run.ts';
import { emit } from '../registry/state-writer.ts';
import { jobOn, saveJobs, updateJob } from './block-run.ts';
import { recoverBlockJobs } from './recover-jobs.ts';

/** QEMU keeps a job that has ended until it is told that we know: so no end is missed. */
export const KEPT = { 'auto-dismiss': false } as const;

export interface NewJob {
  readonly record: Omit<BlockJobStatus, 'state'>;
  /** The running definition while the job is at work. */
  readonly def: DomainDef;
  /** The running definition without it. */
  readonly before: DomainDef;
  readonly prepare?: () => Promise<void>;
  readonly takeBack?: () => Promise<void>;
  readonly begin: QmpCall;
}

/** Throws OPERATION_FAILED with QEMU's reason: then all is as before. */
export async function beginJob(run: LiveRun, { record, def, before, prepare, takeBack, begin }: NewJob): Promise<void> {
  await saveJobs(run, (jobs) => [...jobs, { ...record, state: 'new' }], def);
  try {
    assertSameRun(run);
    await prepare?.();
    await execute(run, begin);
  } catch (error) {
    if (run.obj.live !== run.live) throw error;
    if (isUncertain(error)) {
      void recoverBlockJobs(run.context, run.obj, run.live).catch(() => undefined); // the next engine asks again
    } else {
      await takeBack?.();
      await saveJobs(run, (jobs) => jobs.filter(({ name }) => name !== record.name), before);
    }
    throw error;
  }
  // A job with little to do may be ready, or over, by now.
  if (jobOn(run.live, record.target)?.state === 'new') await updateJob(run, record.name, { state: 'running' });
  emit(run.context, run.obj, { kind: 'updated' });
}

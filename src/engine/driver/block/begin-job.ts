// A job on a disk's images begins. Its record is on disk before QEMU hears of it, so that whoever takes over knows what to do with what it finds (recover-jobs.ts).
import type { DomainDef } from '../../conf/domain.ts';
import type { QmpCall } from '../../qemu/hotplug/attach-plan.ts';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { assertSameRun, execute, isUncertain, type LiveRun } from '../devices/live-run.ts';
import { emit } from '../registry/state-writer.ts';
import { editDisk, gone, having, noteJob, saveJob } from './block-run.ts';
import { seeToLater } from './finish-later.ts';
import { makeMarked, removeMade } from './made-file.ts';
import { recoverBlockJobs } from './recover-jobs.ts';

/** QEMU keeps a job that has ended until it is told that we know: so no end is missed. */
export const KEPT = { 'auto-dismiss': false } as const;

type Edit = (def: DomainDef) => DomainDef;

export interface NewJob {
  readonly record: Omit<BlockJobStatus, 'state'>;
  /** What the job makes of the running definition while it is at work; events may change the rest of it meanwhile. */
  readonly edit?: Edit;
  /** Makes an image of the file that `record.creates` names. */
  readonly fill?: () => Promise<void>;
  /** What QEMU is told before the job's own command, and what takes that back. */
  readonly prepare?: () => Promise<void>;
  readonly takeBack?: () => Promise<void>;
  readonly begin: QmpCall;
}

/** The file, where there is to be one, is made and recorded. */
async function makeFile(run: LiveRun, { record, fill }: NewJob): Promise<void> {
  const { name, creates } = record;
  if (creates === undefined) return;
  makeMarked(run.live, name, creates);
  await saveJob(run, record, having({ created: creates }));
  assertSameRun(run);
  await fill?.();
  assertSameRun(run);
}

async function takeItBack(run: LiveRun, { record, takeBack }: NewJob, isHeard: boolean): Promise<void> {
  const { context, obj, live } = run;
  if (isHeard) await takeBack?.();
  const made = live.blockJobs?.find(({ name }) => name === record.name) ?? record;
  await removeMade(live, made).catch((error: unknown) =>
    context.log.warn({ domain: obj.name, path: record.creates, error: String(error) }, 'could not be removed'),
  );
  if (obj.live !== live) return;
  await noteJob(
    run,
    record,
    gone,
    editDisk(record.target, (disk) => ({ ...disk, mirror: undefined })),
  );
  emit(context, obj, { kind: 'updated' });
}

/** Up to its first await it only records: of two that claim a file, the second finds the first's. Throws OPERATION_FAILED with QEMU's reason: then all is as before. */
export async function beginJob(run: LiveRun, job: NewJob): Promise<void> {
  const { record, edit, prepare, begin } = job;
  const { context, obj, live } = run;
  let isHeard = false;
  try {
    await saveJob(run, record, () => ({ ...record, state: 'new' }), edit);
    assertSameRun(run);
    await makeFile(run, job);
    isHeard = true;
    await prepare?.();
    await execute(run, begin);
  } catch (error) {
    // Without QEMU's word nobody knows whether it has begun.
    const isOpen = isHeard && (isUncertain(error) || run.monitor.isClosed);
    if (!isOpen) await takeItBack(run, job, isHeard);
    else if (obj.live === live) seeToLater(run, record, 'Look after', () => recoverBlockJobs(context, obj, live));
    throw error;
  }
  // A job with little to do may be ready, or over, by now. It is at work, whether that can be recorded or not.
  await noteJob(run, record, (now) => (now?.state === 'new' ? { ...now, state: 'running' } : now));
  emit(context, obj, { kind: 'updated' });
}

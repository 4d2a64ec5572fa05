// The long job of a domain as `domjobinfo` tells it, and its progress as the command's record shows it.
import { formatBytes } from '../../../common/base/units.ts';
import { toVirError } from '../../../common/errors.ts';
import type { AsyncJob, JobInfo } from '../../../common/model/job.ts';
import type { MigrationInfo } from '../../qemu/replies/migration.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { emit } from '../registry/state-writer.ts';
import type { CommandContext } from './command-queue.ts';

export type JobFigures = Pick<JobInfo, 'remainingMs' | 'data' | 'memory' | 'downtimeMs'>;

export interface JobHandle {
  /** What is known now; also goes to the command's record as text and fraction. */
  update(text: string, figures: JobFigures): void;
}

/** By a clock that does not jump: the one on the wall says when it began, and no more. */
const job = (obj: DomainObj): JobInfo | undefined =>
  obj.job && { ...obj.job, elapsedMs: Math.round(performance.now() - obj.jobBegunAt) };

/** The job under way, or with `completed` the last one that ended. */
export const jobInfo = (obj: DomainObj, completed: boolean): JobInfo | undefined =>
  completed ? obj.completedJob : job(obj);

/** Runs `work` as the domain's long job, and keeps how it went. */
export async function asJob<T>(
  context: DriverContext,
  obj: DomainObj,
  operation: AsyncJob,
  command: CommandContext,
  work: (handle: JobHandle) => Promise<T>,
): Promise<T> {
  obj.jobBegunAt = performance.now();
  obj.job = { operation, state: 'running', startedAt: context.now(), elapsedMs: 0 };
  const end = (state: JobInfo['state'], errorMessage?: string): void => {
    const ended = job(obj);
    obj.job = undefined;
    obj.completedJob = ended && { ...ended, state, ...(errorMessage === undefined ? {} : { errorMessage }) };
    // Of an entry that has left nobody wants to hear: another domain may have its UUID by now.
    if (context.list.byUuid(obj.uuid) === obj)
      emit(context, obj, { kind: 'job-completed', detail: `${operation} ${state}` });
  };
  try {
    const result = await work({
      update: (text, figures) => {
        if (obj.job) obj.job = { ...obj.job, ...figures };
        const { data } = figures;
        command.progress(text, data && data.total > 0 ? Math.min(1, data.processed / data.total) : undefined);
      },
    });
    end('completed');
    return result;
  } catch (error) {
    const { code, message } = toVirError(error);
    end(code === 'OPERATION_ABORTED' ? 'cancelled' : 'failed', message);
    throw error;
  }
}

/** QEMU's own figures in libvirt's form. */
export function migrationFigures({ ram }: MigrationInfo): JobFigures {
  if (!ram) return {};
  const bandwidth = Math.round(((ram.mbps ?? 0) * 1e6) / 8);
  const processed = Math.max(0, ram.total - ram.remaining);
  return {
    data: { total: ram.total, processed, remaining: ram.remaining },
    ...(bandwidth > 0 ? { remainingMs: Math.round((ram.remaining / bandwidth) * 1000) } : {}),
    memory: {
      total: ram.total,
      processed: ram.transferred,
      remaining: ram.remaining,
      constantPages: ram.duplicate ?? 0,
      normalPages: ram.normal ?? 0,
      normalBytes: ram['normal-bytes'] ?? 0,
      bandwidth,
      iterations: ram['dirty-sync-count'] ?? 0,
      pageSize: ram['page-size'] ?? 4096,
    },
  };
}

/** 'Saving memory, 512 MiB left at 1.2 GiB/s' */
export function progressText(what: string, { data, memory }: JobFigures): string {
  if (!data || data.remaining === 0) return what;
  const speed = memory && memory.bandwidth > 0 ? ` at ${formatBytes(memory.bandwidth)}/s` : '';
  return `${what}, ${formatBytes(data.remaining)} left${speed}`;
}

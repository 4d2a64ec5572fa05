// Which jobs exclude which on one domain: libvirt's job masks (src/hypervisor/domain_job.h). Normal jobs exclude each other; one async job runs with a mask of
// the normal jobs that are allowed meanwhile; query, destroy and abort always are. Pure.
import { ASYNC_JOBS, type AsyncJob } from '../../common/model/job.ts';

export const NORMAL_JOBS = ['query', 'modify', 'suspend', 'destroy', 'abort'] as const;
export type NormalJob = (typeof NORMAL_JOBS)[number];
export type JobKind = NormalJob | AsyncJob;

const ALWAYS: readonly NormalJob[] = ['query', 'destroy', 'abort'];

/** What may run on a domain while one of these does. */
export const ALLOWED_DURING: Readonly<Record<AsyncJob, readonly NormalJob[]>> = {
  start: ALWAYS,
  save: ALWAYS,
  // A guest may be paused and resumed while it is dumped, as in libvirt.
  dump: [...ALWAYS, 'suspend'],
  snapshot: ALWAYS,
  backup: [...ALWAYS, 'suspend', 'modify'],
};

export const isAsyncJob = (kind: JobKind): kind is AsyncJob => ASYNC_JOBS.some((job) => job === kind);

export interface JobsUnderWay {
  readonly normal?: NormalJob | undefined;
  readonly async?: AsyncJob | undefined;
}

/** Whether a job of `kind` may begin beside those that run. Destroy always may: it ends what the others work on, and they look again after each wait. */
export function mayBegin({ normal, async }: JobsUnderWay, kind: JobKind): boolean {
  if (kind === 'destroy') return true;
  if (isAsyncJob(kind)) return normal === undefined && async === undefined;
  return normal === undefined && (async === undefined || ALLOWED_DURING[async].includes(kind));
}

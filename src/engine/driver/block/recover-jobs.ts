// Jobs on images that another engine began, or that nobody has heard of for a while: the records are what was meant, QEMU is what is (libvirt:
// qemuBlockJobRefreshJobs).
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { noteJob } from './block-run.ts';
import { finishJob, isAtEnd } from './finish-job.ts';
import { removeMade } from './made-file.ts';
import { markReady } from './mark-ready.ts';

/** Ids of jobs as we give them. */
const OURS = /^(pull|commit|copy)-\w+-libvirt-\d+-/;

/** Called with the monitor open and events heard, before what is open is compared with what is recorded. Rejects where QEMU does not answer. */
export async function recoverBlockJobs(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const { monitor } = live;
  if (!monitor) return;
  const records = live.blockJobs ?? [];
  const jobs = await monitor.execute('query-jobs');
  if (obj.live !== live) return;
  const run = { context, obj, live, monitor };
  for (const record of records) {
    const job = jobs.find(({ id }) => id === record.name);
    if (!job && record.state === 'new') await removeMade(live, record);
    if (job?.status === 'ready') await markReady(run, record);
    if (isAtEnd(job) || record.state === 'aborting') await finishJob(run, record.name);
    else if (record.state === 'new')
      await noteJob(run, record, (now) => (now?.state === 'new' ? { ...now, state: 'running' } : now));
  }
  const isLeft = ({ id, status }: { readonly id: string; readonly status: string }): boolean =>
    status === 'concluded' && OURS.test(id) && !records.some(({ name }) => name === id);
  for (const { id } of jobs.filter(isLeft)) await monitor.execute('job-dismiss', { id });
}

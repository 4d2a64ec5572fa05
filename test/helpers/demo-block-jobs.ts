// Jobs on the disks of the demo host's machines: each answer finds them some MiB further, and where a copy or an active commit ends it waits to be ended.
import { virError } from '../../src/common/errors.ts';
import type { BlockJobSummary } from '../../src/common/model/block-job.ts';
import { demoUuid } from './demo-machines.ts';
import type { Calls, DemoState } from './demo-state.ts';

const GIB = 1024 ** 3;
const END = 20 * GIB;
const STEP = 0.12 * GIB;

const destination = '/srv/images/build-farm-copy.qcow2';

/** By machine, as they are when somebody first looks. */
const JOBS: ReadonlyMap<string, readonly BlockJobSummary[]> = new Map([
  [demoUuid(2), [{ type: 'copy', target: 'vda', isReady: false, destination }]],
  [demoUuid(9), [{ type: 'pull', target: 'vda', isReady: false }]],
  [
    demoUuid(1),
    [
      { type: 'active-commit', target: 'vda', isReady: true, destination: '/srv/images/web-server.qcow2' },
      { type: 'commit', target: 'vdb', isReady: false },
    ],
  ],
]);

export function addBlockJobs(state: DemoState): void {
  for (const [uuid, blockJobs] of JOBS) state.change(uuid, { blockJobs: [...blockJobs] }, { kind: 'updated' });
}

export function blockJobCalls(state: DemoState): Calls {
  const done = new Map<string, number>();
  const jobOn = (domain: string, disk: string): BlockJobSummary | undefined =>
    state.find(domain).blockJobs?.find(({ target }) => target === disk);
  const replace = (
    domain: string,
    disk: string,
    job: BlockJobSummary | undefined,
    status: 'ready' | 'completed' | 'canceled',
  ): void => {
    const before = jobOn(domain, disk);
    if (!before) return;
    const { uuid, blockJobs = [] } = state.find(domain);
    const left = blockJobs.flatMap((one) => (one !== before ? [one] : job ? [job] : []));
    const blockJob = { target: disk, type: before.type, status };
    state.change(uuid, { blockJobs: left.length > 0 ? left : undefined }, { kind: 'block-job', blockJob });
  };
  const step = (domain: string, job: BlockJobSummary): number => {
    const key = `${domain} ${job.target}`;
    const cur = Math.min(END, (done.get(key) ?? 8 * GIB) + STEP);
    done.set(key, cur);
    if (cur < END || job.isReady) return cur;
    const waits = job.type === 'copy' || job.type === 'active-commit';
    replace(domain, job.target, waits ? { ...job, isReady: true } : undefined, waits ? 'ready' : 'completed');
    return cur;
  };
  return {
    'domain.blockJobInfo': ({ domain, disk }) => {
      const job = jobOn(domain, disk);
      if (!job) return {};
      const { type, target, isReady } = job;
      return { job: { type, target, isReady, bandwidth: 0, cur: step(domain, job), end: END } };
    },
    'domain.blockJobAbort': ({ domain, disk, pivot }) => {
      const { uuid, name } = state.find(domain);
      return state.command('domain.blockJobAbort', `End a block job of ${name}`, { uuid, name }, () => {
        if (!jobOn(domain, disk)) throw virError('INVALID_ARG', `disk ${disk} does not have an active block job`);
        replace(domain, disk, undefined, pivot ? 'completed' : 'canceled');
        return { uuid, name };
      });
    },
  };
}

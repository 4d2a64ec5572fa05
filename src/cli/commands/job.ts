// domjobinfo and domjobabort (tools/virsh-domain.c).
import type { JobInfo } from '../../common/model/job.ts';
import { type CommandSpec, word } from '../context.ts';
import { prettyBytes } from '../quantity.ts';

const TYPES = { completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' } as const;
const OPERATIONS = { start: 'Start', save: 'Save', dump: 'Dump', snapshot: 'Snapshot', backup: 'Backup' } as const;

/** Fields in virsh's order; numbers and words are padded to 12 before their unit, sizes are not. */
export function formatJob(job: JobInfo | undefined): readonly string[] {
  const line = (key: string, value: string): string => `${`${key}:`.padEnd(17)} ${value}`;
  const plain = (key: string, value: string | number, unit = ''): string =>
    line(key, `${String(typeof value === 'number' ? Math.round(value) : value).padEnd(12)}${unit && ` ${unit}`}`);
  const size = (key: string, bytes: number): string => line(key, prettyBytes(bytes));
  if (!job) return [plain('Job type', 'None')];
  const type = job.state === 'running' ? (job.data ? 'Bounded' : 'Unbounded') : TYPES[job.state];
  const part = (name: string, data: NonNullable<JobInfo['data']>): string[] => [
    size(`${name} processed`, data.processed),
    size(`${name} remaining`, data.remaining),
    size(`${name} total`, data.total),
  ];
  const { memory } = job;
  return [
    plain('Job type', type),
    plain('Operation', OPERATIONS[job.operation]),
    plain('Time elapsed', job.elapsedMs, 'ms'),
    ...(job.remainingMs === undefined ? [] : [plain('Time remaining', job.remainingMs, 'ms')]),
    ...(job.data ? part('Data', job.data) : []),
    ...(memory
      ? [
          ...part('Memory', memory),
          line('Memory bandwidth', `${prettyBytes(memory.bandwidth)}/s`),
          plain('Page size', memory.pageSize, 'bytes'),
          plain('Iteration', memory.iterations),
          plain('Constant pages', memory.constantPages),
          plain('Normal pages', memory.normalPages),
          size('Normal data', memory.normalBytes),
        ]
      : []),
    ...(job.downtimeMs === undefined
      ? []
      : [plain(job.state === 'running' ? 'Expected downtime' : 'Total downtime', job.downtimeMs, 'ms')]),
    ...(job.errorMessage === undefined ? [] : [line('Error message', job.errorMessage)]),
  ];
}

const domjobinfo: CommandSpec = {
  usage: 'domjobinfo <domain>',
  summary: 'domain job information',
  options: [
    ['--completed', 'of the last job that ended'],
    ['--keep-completed', 'accepted; it is kept anyway'],
    ['--anystats', 'accepted; all figures are shown anyway'],
    ['--rawstats', 'the figures as they are, as JSON'],
  ],
  failure: "Failed to get the job of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const completed = options.completed === true || options.keepCompleted === true;
    const { job } = await (await client()).call('domain.jobInfo', { domain: word(positional), completed });
    out.result(job ?? { state: 'none' }, options.rawstats ? [JSON.stringify(job ?? {})] : formatJob(job));
  },
};

const domjobabort: CommandSpec = {
  usage: 'domjobabort <domain>',
  summary: 'abort active domain job',
  options: [['--postcopy', 'not for local jobs']],
  domains: 'active',
  failure: "Failed to abort the job of domain '<domain>'",
  run: async ({ client, out, fail }, positional) => {
    const answer = await (await client()).call('domain.jobAbort', { domain: word(positional) });
    out.result(answer, answer.aborted ? [] : ['error: no job is active on the domain']);
    if (!answer.aborted) fail();
  },
};

export const jobCommands: readonly CommandSpec[] = [domjobinfo, domjobabort];

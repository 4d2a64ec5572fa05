// The images of a running domain's disks: blockresize, blockjob (tools/virsh-domain.c).
import { parseSize } from '../../common/base/units.ts';
import { virError } from '../../common/errors.ts';
import { BLOCK_JOB_NAMES, type BlockJobInfo } from '../../common/model/block-job.ts';
import { type CommandSpec, type Options, text, word } from '../context.ts';
import { exclusive } from '../flags.ts';
import { prettyBytes } from '../quantity.ts';

const malformed = (value: string, name: string) =>
  virError('INVALID_ARG', `Scaled numeric value '${value}' for <${name}> option is malformed or out of range`);

/** Bytes; KiB where no unit is said. Throws INVALID_ARG in virsh's words. */
function parseBytes(value: string, name: string, unit: string): number {
  try {
    return parseSize(value, unit);
  } catch {
    throw malformed(value, name);
  }
}

/** Bytes a second: a number in MiB/s, with --bytes in bytes/s, or one with its own unit. */
export function bandwidthOf(value: string, options: Options): number {
  return parseBytes(value, 'bandwidth', options.bytes ? 'bytes' : 'MiB');
}

const blockresize: CommandSpec = {
  usage: 'blockresize <domain> <path> [size]',
  summary: 'Resize block device of domain.',
  description:
    'The disk of a running domain, by its target or its path, gets another size, which its system sees at once. The size is in KiB, or with a unit: 20G, 512M, 1000b. A smaller size cuts off what lies behind it.',
  options: [['--capacity', 'as large as the block device of the host that it is on']],
  domains: 'active',
  failure: "Failed to resize block device '<path>'",
  run: async ({ client, out }, positional, options) => {
    const [domain, disk, size] = [word(positional), word(positional, 1), word(positional, 2)];
    if (size !== '' && options.capacity)
      throw virError('INVALID_ARG', 'Options --size and --capacity are mutually exclusive');
    if (size === '' && !options.capacity)
      throw virError('INVALID_ARG', "command 'blockresize' requires <size> or --capacity option");
    const what = options.capacity ? { capacity: true } : { sizeBytes: parseBytes(size, 'size', 'KiB') };
    const ref = await (await client()).call('domain.blockResize', { domain, disk, ...what });
    out.done(ref, `Block device '${disk}' is resized`);
  },
};

/** virsh's percent: 100 only at the very end (virshPrintJobProgress). */
export const percentOf = ({ cur, end }: Pick<BlockJobInfo, 'cur' | 'end'>): number =>
  cur === end ? 100 : Math.min(99, Math.floor((100 * cur) / end));

export const progressOf = (job: BlockJobInfo): string =>
  `${BLOCK_JOB_NAMES[job.type]}: [${String(percentOf(job)).padStart(3)} %]`;

function formatInfo(job: BlockJobInfo, options: Options): readonly string[] {
  const bandwidth = options.bytes ? job.bandwidth : Math.round(job.bandwidth / 1024 / 1024);
  if (options.raw)
    return [` type=${BLOCK_JOB_NAMES[job.type]}`, ` bandwidth=${bandwidth}`, ` cur=${job.cur}`, ` end=${job.end}`];
  const limit =
    job.bandwidth > 0 ? `    Bandwidth limit: ${job.bandwidth} bytes/s (${prettyBytes(job.bandwidth)}/s)` : '';
  return [`${progressOf(job)}${limit}`];
}

const blockjob: CommandSpec = {
  usage: 'blockjob <domain> <path> [bandwidth]',
  summary: 'Manage active block operations',
  description: 'Tells of the job on a disk, sets its speed in MiB/s, or ends it.',
  options: [
    ['--abort', 'abort the active job on the specified disk'],
    ['--async', "implies --abort; request but don't wait for job end"],
    ['--pivot', 'implies --abort; conclude and pivot a copy or commit job'],
    ['--info', 'get active job information for the specified disk'],
    ['--bytes', 'get/set bandwidth in bytes rather than MiB/s'],
    ['--raw', 'implies --info; output details rather than human summary'],
  ],
  domains: 'active',
  run: async ({ client, out }, positional, options) => {
    for (const end of ['abort', 'async', 'pivot'])
      for (const other of ['raw', 'info', 'bandwidth'])
        exclusive({ ...options, ...(word(positional, 2) && { bandwidth: true }) }, other, end);
    exclusive({ ...options, ...(word(positional, 2) && { bandwidth: true }) }, 'raw', 'bandwidth');
    exclusive({ ...options, ...(word(positional, 2) && { bandwidth: true }) }, 'info', 'bandwidth');
    const connection = await client();
    const input = { domain: word(positional), disk: word(positional, 1) };
    if (options.abort || options.async || options.pivot) {
      const how = { ...(options.pivot ? { pivot: true } : {}), ...(options.async ? { async: true } : {}) };
      return out.result(await connection.call('domain.blockJobAbort', { ...input, ...how }), []);
    }
    const limit = word(positional, 2);
    if (limit !== '') {
      const bandwidth = bandwidthOf(limit, options);
      return out.result(await connection.call('domain.blockJobSetSpeed', { ...input, bandwidth }), []);
    }
    const { job } = await connection.call('domain.blockJobInfo', input);
    if (job) return out.result(job, formatInfo(job, options));
    if (options.raw) return out.result({}, []);
    out.done({}, `No current block job for ${input.disk}`);
  },
};

/** The text of an option or word that may be a speed. */
export const speedOf = (value: string, options: Options): { readonly bandwidth?: number } =>
  value === '' ? {} : { bandwidth: bandwidthOf(value, options) };

export const optionalText = <K extends string>(
  options: Options,
  key: string,
  name: K,
): { readonly [N in K]?: string } => {
  const value = text(options, key);
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: string };
};

export const blockCommands: readonly CommandSpec[] = [blockresize, blockjob];

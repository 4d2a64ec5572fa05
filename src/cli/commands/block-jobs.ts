// Jobs on the images of a running domain's disks: blockpull, blockcommit, blockcopy (tools/virsh-domain.c).
import { resolve } from 'node:path';
import type { Input } from '../../common/contract/procedures.ts';
import { virError } from '../../common/errors.ts';
import { type BlockJobEnd, type Wait, waitForBlockJob, waitOf } from '../block-wait.ts';
import { type CliContext, type CommandSpec, numberOption, type Options, text, word } from '../context.ts';
import { escapeXml } from '../device-xml.ts';
import { exclusive } from '../flags.ts';
import { readXml } from '../read-xml.ts';
import { optionalText, speedOf } from './block.ts';

const WAIT_OPTIONS = [
  ['--wait', 'wait for job to finish'],
  ['--verbose', 'with --wait, display the progress'],
  ['--timeout <seconds>', 'with --wait, abort if it takes longer'],
  ['--async', "with --wait, don't wait for cancel to finish"],
] as const;
const BYTES_OPTION = ['--bytes', 'the bandwidth limit is in bytes/s rather than MiB/s'] as const;
const RELATIVE_OPTION = ['--keep-relative', 'keep the backing chain relatively referenced'] as const;

/** A layer by its number ('vda[1]') or by its path, which is the caller's. */
const layerOf = (name: string): string => (/^\w+\[\d+\]$/.test(name) ? name : resolve(name));
const optionalLayer = <K extends 'base' | 'top'>(value: string, key: K): { readonly [N in K]?: string } =>
  (value === '' ? {} : { [key]: layerOf(value) }) as { readonly [N in K]?: string };

interface Job {
  /** 'Pull' */
  readonly what: string;
  /** 'Block Pull started' */
  readonly started: string;
  readonly disk: string;
  readonly domain: string;
  readonly wait: Wait | undefined;
  /** Of one that goes on by itself: what is said in step with the guest, and how it is ended then. */
  readonly ready: string;
  readonly ending?: { readonly pivot: boolean; readonly said: string } | undefined;
}

async function runJob({ client, out }: CliContext, job: Job, begin: (uuid: string) => Promise<unknown>): Promise<void> {
  const connection = await client();
  const { uuid, name } = await connection.call('domain.lookup', { domain: job.domain });
  const { disk, wait } = job;
  if (!wait) return out.done({ uuid, name, ...(((await begin(uuid)) as object) ?? {}) }, job.started);
  const end = await waitForBlockJob(connection, { uuid, disk }, wait, () => begin(uuid));
  if (end.status === 'canceled') throw virError('OPERATION_ABORTED', `${job.what} aborted`);
  if (end.status === 'failed') throw failed(job, end);
  if (end.status === 'completed') return out.done({ uuid, name, ...end }, `${job.what} complete`);
  if (!job.ending) return out.done({ uuid, name, ...end }, job.ready);
  const how = job.ending.pivot ? { pivot: true } : {};
  await connection.call('domain.blockJobAbort', { domain: uuid, disk, ...how });
  out.done({ uuid, name, ...end, pivoted: job.ending.pivot }, job.ending.said);
}

const failed = ({ what }: Job, { error }: BlockJobEnd) =>
  virError('OPERATION_FAILED', `${what} failed${error === undefined ? '' : `: ${error}`}`);

const blockpull: CommandSpec = {
  usage: 'blockpull <domain> <path> [bandwidth] [base]',
  summary: 'Populate a disk from its backing image.',
  description:
    'Takes what lies below the top image into it. A layer is named by its path or as vda[3], by its number in dumpxml.',
  options: [...WAIT_OPTIONS, RELATIVE_OPTION, BYTES_OPTION],
  domains: 'active',
  run: async (context, positional, options) => {
    const [domain, disk, bandwidth, base] = [0, 1, 2, 3].map((index) => word(positional, index)) as [
      string,
      string,
      string,
      string,
    ];
    const input = {
      disk,
      ...speedOf(bandwidth, options),
      ...optionalLayer(base, 'base'),
      ...(options.keepRelative ? { keepRelative: true } : {}),
    };
    const job = { what: 'Pull', started: 'Block Pull started', ready: '', disk, domain, wait: waitOf(options) };
    const connection = await context.client();
    await runJob(context, job, (uuid) => connection.call('domain.blockPull', { domain: uuid, ...input }));
  },
};

const blockcommit: CommandSpec = {
  usage: 'blockcommit <domain> <path> [bandwidth] [base] [top]',
  summary: 'Start a block commit operation.',
  description:
    'Writes what lies above the base into it. Of the top image that is an active commit, which goes on until it is ended: by --pivot, --keep-overlay, or blockjob.',
  options: [
    ['--shallow', 'use backing file of top as base'],
    ['--active', 'trigger two-stage active commit of top file'],
    ['--delete', 'delete files that were successfully committed'],
    ['--wait', 'wait for job to complete (with --active, wait for job to sync)'],
    ...WAIT_OPTIONS.slice(1),
    ['--pivot', 'implies --active --wait, pivot when commit is synced'],
    ['--keep-overlay', 'implies --active --wait, quit when commit is synced'],
    RELATIVE_OPTION,
    BYTES_OPTION,
  ],
  domains: 'active',
  run: async (context, positional, options) => {
    exclusive(options, 'pivot', 'keepOverlay');
    const [domain, disk, bandwidth, base, top] = [0, 1, 2, 3, 4].map((index) => word(positional, index)) as [
      string,
      string,
      string,
      string,
      string,
    ];
    if (options.shallow && base !== '')
      throw virError('INVALID_ARG', 'Options --base and --shallow are mutually exclusive');
    const isEnded = options.pivot === true || options.keepOverlay === true;
    const isActive = options.active === true || isEnded;
    const flags = {
      shallow: options.shallow,
      delete: options.delete,
      keepRelative: options.keepRelative,
      active: isActive,
    };
    const input = {
      disk,
      ...speedOf(bandwidth, options),
      ...optionalLayer(base, 'base'),
      ...optionalLayer(top, 'top'),
      ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value === true)),
    };
    const job: Job = {
      what: 'Commit',
      started: isActive ? 'Active Block Commit started' : 'Block Commit started',
      ready: 'Now in synchronized phase',
      disk,
      domain,
      wait: waitOf(options, isEnded),
      ending: endingOf(
        options,
        'Successfully pivoted',
        options.keepOverlay === true,
        'Commit complete, overlay image kept',
      ),
    };
    const connection = await context.client();
    await runJob(context, job, (uuid) => connection.call('domain.blockCommit', { domain: uuid, ...input }));
  },
};

const endingOf = (options: Options, pivoted: string, isKept: boolean, kept: string): Job['ending'] =>
  options.pivot ? { pivot: true, said: pivoted } : isKept ? { pivot: false, said: kept } : undefined;

type Destination = Pick<Input<'domain.blockCopy'>, 'destination' | 'format' | 'isBlockDevice' | 'xml'>;

/** Throws INVALID_ARG: none or two, or what an XML says itself. */
async function destinationOf(dest: string, options: Options): Promise<Destination> {
  const file = text(options, 'xml');
  for (const [name, isGiven] of Object.entries({
    dest: dest !== '',
    format: options.format !== undefined,
    blockdev: options.blockdev === true,
  }))
    if (file !== undefined && isGiven)
      throw virError('INVALID_ARG', `Options --${name} and --xml are mutually exclusive`);
  if (file !== undefined) return { xml: await readXml(file) };
  if (dest === '') throw virError('INVALID_ARG', 'need either --dest or --xml');
  return {
    destination: resolve(dest),
    ...optionalText(options, 'format', 'format'),
    ...(options.blockdev ? { isBlockDevice: true } : {}),
  };
}

function formatDestination({ destination = '', format, isBlockDevice }: Destination): string {
  const source = isBlockDevice ? 'dev' : 'file';
  const driver = format === undefined ? '' : `\n  <driver type='${escapeXml(format)}'/>`;
  return `<disk type='${isBlockDevice ? 'block' : 'file'}'>\n  <source ${source}='${escapeXml(destination)}'/>${driver}\n</disk>`;
}

const blockcopy: CommandSpec = {
  usage: 'blockcopy <domain> <path> [dest] [bandwidth]',
  summary: 'Start a block copy operation.',
  description:
    'Copies a disk while it is used, and goes on until it is ended: by --pivot, --finish, or blockjob. Until then nothing of it is stored: what is shut off meanwhile starts from the old image.',
  options: [
    ['--shallow', 'make the copy share a backing chain'],
    ['--reuse-external', 'reuse existing destination'],
    ['--blockdev', 'copy destination is block device instead of regular file'],
    ['--wait', 'wait for job to reach mirroring phase'],
    ...WAIT_OPTIONS.slice(1),
    ['--pivot', 'implies --wait, pivot when mirroring starts'],
    ['--finish', 'implies --wait, quit when mirroring starts'],
    ['--xml <file>', 'the destination as a <disk>: a file or a block device, and its format'],
    ['--format <format>', 'format of the destination file'],
    ['--granularity <bytes>', 'power-of-two granularity to use during the copy'],
    ['--buf-size <bytes>', 'maximum amount of in-flight data during the copy'],
    BYTES_OPTION,
    ['--transient-job', 'the copy job is not persisted if VM is turned off'],
    ['--synchronous-writes', 'the copy job forces guest writes to be synchronously written to the destination'],
    ['--print-xml', 'print the XML used to start the copy job instead of starting the job'],
  ],
  values: { format: ['qcow2', 'raw'] },
  domains: 'active',
  run: async (context, positional, options) => {
    exclusive(options, 'pivot', 'finish');
    const [domain, disk, dest, bandwidth] = [0, 1, 2, 3].map((index) => word(positional, index)) as [
      string,
      string,
      string,
      string,
    ];
    const destination = await destinationOf(dest, options);
    if (options.printXml) {
      const xml = destination.xml ?? formatDestination(destination);
      return context.out.result({ xml }, [xml.trimEnd()]);
    }
    const numbers = {
      granularity: numberOption(options, 'granularity'),
      bufferBytes: numberOption(options, 'bufSize'),
    };
    const flags = {
      shallow: options.shallow,
      reuseExternal: options.reuseExternal,
      transientJob: options.transientJob,
      synchronousWrites: options.synchronousWrites,
    };
    const input = {
      disk,
      ...destination,
      ...speedOf(bandwidth, options),
      ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
      ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value === true)),
    };
    const job: Job = {
      what: 'Copy',
      started: 'Block Copy started',
      ready: 'Now in mirroring phase',
      disk,
      domain,
      wait: waitOf(options, options.pivot === true || options.finish === true),
      ending: endingOf(options, 'Successfully pivoted', options.finish === true, 'Successfully copied'),
    };
    const connection = await context.client();
    await runJob(context, job, (uuid) => connection.call('domain.blockCopy', { domain: uuid, ...input }));
  },
};

export const blockJobCommands: readonly CommandSpec[] = [blockpull, blockcommit, blockcopy];

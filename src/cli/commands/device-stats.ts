// What devices have and have used: domblkinfo, domblkstat, domblkerror, domifstat, dommemstat, cpu-stats (tools/virsh-domain-monitor.c).

import { virError } from '../../common/errors.ts';
import type { BlockStats, InterfaceStats, MemoryStats } from '../../common/model/endpoints.ts';
import { type CommandSpec, numberOption, type Options, text, word } from '../context.ts';
import { AFFECT_OPTIONS, affectOf } from '../flags.ts';
import { prettyBytes } from '../quantity.ts';

const size = (bytes: number | undefined, options: Options): string =>
  bytes === undefined ? '-' : options.human ? prettyBytes(bytes) : String(bytes);

const domblkinfo: CommandSpec = {
  usage: 'domblkinfo <domain> [device]',
  summary: 'domain block device size information',
  options: [
    ['--human', 'sizes with units'],
    ['--all', 'of all its disks'],
  ],
  failure: "Failed to get the sizes of the disks of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const target = word(positional, 1);
    if (target === '' && !options.all)
      throw virError('INVALID_ARG', "command 'domblkinfo' requires <device> or --all option");
    const input = { domain: word(positional), ...(options.all ? {} : { target }) };
    const { blocks } = await (await client()).call('domain.blockInfo', input);
    const cells = (block: BlockStats): readonly string[] =>
      [block.capacityBytes, block.allocationBytes, block.physicalBytes].map((bytes) => size(bytes, options));
    if (options.all)
      return out.table(
        blocks,
        ['Target', 'Capacity', 'Allocation', 'Physical'],
        blocks.map((block) => [block.target, ...cells(block)]),
      );
    const [block] = blocks;
    const names = ['Capacity', 'Allocation', 'Physical'];
    out.result(block, block ? cells(block).map((cell, index) => `${`${names[index]}:`.padEnd(15)} ${cell}`) : []);
  },
};

const BLOCK_FIELDS: readonly (readonly [field: keyof BlockStats, name: string, label: string])[] = [
  ['readRequests', 'rd_req', 'number of read operations:'],
  ['readBytes', 'rd_bytes', 'number of bytes read:'],
  ['writeRequests', 'wr_req', 'number of write operations:'],
  ['writeBytes', 'wr_bytes', 'number of bytes written:'],
  ['flushRequests', 'flush_operations', 'number of flush operations:'],
  ['readTimeNs', 'rd_total_times', 'total duration of reads (ns):'],
  ['writeTimeNs', 'wr_total_times', 'total duration of writes (ns):'],
  ['flushTimeNs', 'flush_total_times', 'total duration of flushes (ns):'],
];

const domblkstat: CommandSpec = {
  usage: 'domblkstat <domain> [device]',
  summary: 'get device block stats for a domain',
  description: 'Counters since the start of the domain: of one disk, or of all together.',
  options: [['--human', 'in words']],
  domains: 'active',
  failure: 'Failed to get block stats for domain <domain>',
  run: async ({ client, out }, positional, options) => {
    const device = word(positional, 1);
    const input = { domain: word(positional), ...(device === '' ? {} : { target: device }) };
    const stats = await (await client()).call('domain.blockStats', input);
    const lines = BLOCK_FIELDS.filter(([field]) => stats[field] !== undefined).map(([field, name, label]) =>
      options.human ? ` ${label.padEnd(31)} ${stats[field]}` : `${device}${device && ' '}${name} ${stats[field]}`,
    );
    out.result(stats, options.human ? [`Device: ${device}`, ...lines] : lines);
  },
};

const domblkerror: CommandSpec = {
  usage: 'domblkerror <domain>',
  summary: 'Show errors on block devices',
  domains: 'active',
  failure: "Failed to get the block errors of domain '<domain>'",
  run: async ({ client, out }, positional) => {
    const { errors } = await (await client()).call('domain.blockErrors', { domain: word(positional) });
    const said = { unspecified: 'unspecified error', 'no space': 'no space' } as const;
    out.result(
      errors,
      errors.length === 0 ? ['No errors found'] : errors.map(({ target, error }) => `${target}: ${said[error]}`),
    );
  },
};

const INTERFACE_FIELDS: readonly (readonly [field: keyof InterfaceStats, name: string])[] = [
  ['rxBytes', 'rx_bytes'],
  ['rxPackets', 'rx_packets'],
  ['rxErrors', 'rx_errs'],
  ['rxDrops', 'rx_drop'],
  ['txBytes', 'tx_bytes'],
  ['txPackets', 'tx_packets'],
  ['txErrors', 'tx_errs'],
  ['txDrops', 'tx_drop'],
];

const domifstat: CommandSpec = {
  usage: 'domifstat <domain> <interface>',
  summary: 'get network interface stats for a domain',
  domains: 'active',
  failure: 'Failed to get interface stats <domain> <interface>',
  run: async ({ client, out }, positional) => {
    const name = word(positional, 1);
    const stats = await (await client()).call('domain.interfaceStats', { domain: word(positional), interface: name });
    out.result(
      stats,
      INTERFACE_FIELDS.map(([field, label]) => `${name} ${label} ${stats[field]}`),
    );
  },
};

/** virsh's names, in libvirt's order of tags. */
export const MEMORY_FIELDS: readonly (readonly [field: keyof MemoryStats, name: string, statsName: string])[] = [
  ['actualKiB', 'actual', 'current'],
  ['swapInKiB', 'swap_in', 'swap_in'],
  ['swapOutKiB', 'swap_out', 'swap_out'],
  ['majorFaults', 'major_fault', 'major_fault'],
  ['minorFaults', 'minor_fault', 'minor_fault'],
  ['unusedKiB', 'unused', 'unused'],
  ['availableKiB', 'available', 'available'],
  ['usableKiB', 'usable', 'usable'],
  ['lastUpdate', 'last_update', 'last-update'],
  ['diskCachesKiB', 'disk_caches', 'disk_caches'],
  ['hugetlbAllocations', 'hugetlb_pgalloc', 'hugetlb_pgalloc'],
  ['hugetlbFailures', 'hugetlb_pgfail', 'hugetlb_pgfail'],
  ['residentKiB', 'rss', 'rss'],
];

/** Throws INVALID_ARG. */
function periodFrom(options: Options): number | undefined {
  if (/^-\d+$/.test(text(options, 'period') ?? ''))
    throw virError('INVALID_ARG', `Invalid collection period value '${options.period}'`);
  const seconds = numberOption(options, 'period');
  if (seconds !== undefined && seconds > 2_147_483_647)
    throw virError('INVALID_ARG', `Numeric value '${seconds}' for <period> option is malformed or out of range`);
  return seconds;
}

const dommemstat: CommandSpec = {
  usage: 'dommemstat <domain>',
  summary: 'get memory statistics for a domain',
  options: [
    ['--period <seconds>', 'ask the guest for them that often from now on; 0: only when somebody looks'],
    ...AFFECT_OPTIONS,
  ],
  failure: 'Failed to get memory statistics for domain <domain>',
  run: async ({ client, out }, positional, options) => {
    const affect = await affectOf(options);
    const seconds = periodFrom(options);
    const domain = word(positional);
    const connection = await client();
    if (seconds !== undefined)
      return out.result(await connection.call('domain.setMemoryStatsPeriod', { domain, seconds, ...affect }), []);
    const stats = await connection.call('domain.memoryStats', { domain });
    out.result(
      stats,
      MEMORY_FIELDS.filter(([field]) => stats[field] !== undefined).map(([field, name]) => `${name} ${stats[field]}`),
    );
  },
};

const cpuStats: CommandSpec = {
  usage: 'cpu-stats <domain>',
  summary: 'show domain cpu statistics',
  options: [['--total', 'accepted; there are totals only']],
  domains: 'active',
  failure: 'Failed to retrieve CPU statistics for domain <domain>',
  run: async ({ client, out }, positional) => {
    const stats = await (await client()).call('domain.cpuStats', { domain: word(positional) });
    const seconds = (ns: number): string => `${(ns / 1e9).toFixed(9).padStart(20)} seconds`;
    const rows = [
      ['cpu_time', stats.cpuTimeNs],
      ['user_time', stats.userTimeNs],
      ['system_time', stats.systemTimeNs],
    ] as const;
    out.result(stats, ['Total:', ...rows.map(([name, ns]) => `\t${name.padEnd(12)} ${seconds(ns)}`)]);
  },
};

export const deviceStatsCommands: readonly CommandSpec[] = [
  domblkinfo,
  domblkstat,
  domblkerror,
  domifstat,
  dommemstat,
  cpuStats,
];

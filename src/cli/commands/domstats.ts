// `domstats`: what domains have used, by libvirt's names of parameters (virConnectGetAllDomainStats), so that what reads virsh's reads ours.
import { virError } from '../../common/errors.ts';
import type { DomainReason, DomainState, DomainSummary } from '../../common/model/domain.ts';
import {
  type BlockStats,
  DIRTY_RATE_MODES,
  DIRTY_RATE_STATUSES,
  type DomainStats,
  type InterfaceStats,
  type StatsGroup,
} from '../../common/model/endpoints.ts';
import { type CommandSpec, numberOption, type Options, text, word, words } from '../context.ts';
import { MEMORY_FIELDS } from './device-stats.ts';

/** virDomainState, and within it the virDomain*Reason (include/libvirt/libvirt-domain.h). */
const STATES: Readonly<Record<DomainState, number>> = {
  running: 1,
  paused: 3,
  shutdown: 4,
  shutoff: 5,
  crashed: 6,
  pmsuspended: 7,
};
const REASONS: Readonly<Record<DomainState, Partial<Record<DomainReason, number>>>> = {
  running: {
    booted: 1,
    migrated: 2,
    restored: 3,
    'from snapshot': 4,
    unpaused: 5,
    'save canceled': 7,
    wakeup: 8,
    crashed: 9,
  },
  paused: {
    user: 1,
    saving: 3,
    dumping: 4,
    ioerror: 5,
    watchdog: 6,
    'from snapshot': 7,
    'shutting down': 8,
    'creating snapshot': 9,
    crashed: 10,
    'starting up': 11,
  },
  shutdown: { user: 1 },
  shutoff: {
    shutdown: 1,
    destroyed: 2,
    crashed: 3,
    migrated: 4,
    saved: 5,
    failed: 6,
    'from snapshot': 7,
    daemon: 8,
  },
  crashed: { panicked: 1 },
  pmsuspended: {},
};

type Field = readonly [name: string, value: number | string];
type Fields = readonly Field[];

/** The fields that have a value. */
const present = (fields: readonly (readonly [name: string, value: number | string | undefined])[]): Fields =>
  fields.filter((field): field is Field => field[1] !== undefined);

const blockFields = (block: BlockStats, index: number): Fields =>
  present([
    [`block.${index}.name`, block.target],
    [`block.${index}.path`, block.path],
    [`block.${index}.rd.reqs`, block.readRequests],
    [`block.${index}.rd.bytes`, block.readBytes],
    [`block.${index}.rd.times`, block.readTimeNs],
    [`block.${index}.wr.reqs`, block.writeRequests],
    [`block.${index}.wr.bytes`, block.writeBytes],
    [`block.${index}.wr.times`, block.writeTimeNs],
    [`block.${index}.fl.reqs`, block.flushRequests],
    [`block.${index}.fl.times`, block.flushTimeNs],
    [`block.${index}.allocation`, block.allocationBytes],
    [`block.${index}.capacity`, block.capacityBytes],
    [`block.${index}.physical`, block.physicalBytes],
  ]);

const interfaceFields = (one: InterfaceStats, index: number): Fields => [
  [`net.${index}.name`, one.name],
  [`net.${index}.rx.bytes`, one.rxBytes],
  [`net.${index}.rx.pkts`, one.rxPackets],
  [`net.${index}.rx.errs`, one.rxErrors],
  [`net.${index}.rx.drop`, one.rxDrops],
  [`net.${index}.tx.bytes`, one.txBytes],
  [`net.${index}.tx.pkts`, one.txPackets],
  [`net.${index}.tx.errs`, one.txErrors],
  [`net.${index}.tx.drop`, one.txDrops],
];

const balloonFields = ({ memoryKiB, maxMemoryKiB, live, balloon }: DomainStats): Fields =>
  present([
    ['balloon.current', memoryKiB],
    ['balloon.maximum', maxMemoryKiB],
    ...MEMORY_FIELDS.filter(([field]) => field !== 'actualKiB' && field !== 'residentKiB').map(
      ([field, , name]) => [`balloon.${name}`, balloon?.[field]] as const,
    ),
    ['balloon.rss', live?.residentKiB],
  ]);

const vcpuOf = (id: number, timeNs: number, waitNs: number | undefined): Fields =>
  present([
    [`vcpu.${id}.state`, 1], // VIR_VCPU_RUNNING
    [`vcpu.${id}.time`, timeNs],
    [`vcpu.${id}.delay`, waitNs],
  ]);

const vcpuFields = ({ vcpus, maxVcpus, live }: DomainStats): Fields => [
  ['vcpu.current', vcpus],
  ['vcpu.maximum', maxVcpus],
  ...(live?.vcpuTimesNs ?? []).flatMap((time, index) =>
    vcpuOf(live?.vcpuIds?.[index] ?? index, time, live?.vcpuWaitsNs?.[index]),
  ),
];

const iothreadFields = ({ iothreads }: DomainStats): Fields =>
  iothreads
    ? [
        ['iothread.count', iothreads.length],
        ...iothreads.flatMap(
          ({ id, pollMaxNs, pollGrow, pollShrink }): Fields => [
            [`iothread.${id}.poll-max-ns`, pollMaxNs],
            [`iothread.${id}.poll-grow`, pollGrow],
            [`iothread.${id}.poll-shrink`, pollShrink],
          ],
        ),
      ]
    : [];

const dirtyRateFields = ({ dirtyRate }: DomainStats): Fields =>
  dirtyRate
    ? present([
        ['dirtyrate.calc_status', DIRTY_RATE_STATUSES.indexOf(dirtyRate.status)],
        ['dirtyrate.calc_start_time', dirtyRate.startTime],
        ['dirtyrate.calc_period', dirtyRate.periodSeconds],
        ['dirtyrate.calc_mode', dirtyRate.mode],
        ['dirtyrate.megabytes_per_second', dirtyRate.megabytesPerSecond],
        ...(dirtyRate.vcpus ?? []).map(
          ({ id, megabytesPerSecond }) => [`dirtyrate.vcpu.${id}.megabytes_per_second`, megabytesPerSecond] as const,
        ),
      ])
    : [];

const GROUPS: Readonly<Record<StatsGroup, (stats: DomainStats) => Fields>> = {
  state: ({ state, reason }) => [
    ['state.state', STATES[state]],
    ['state.reason', REASONS[state][reason] ?? 0],
  ],
  cpuTotal: ({ live }) =>
    present([
      ['cpu.time', live?.cpuTimeNs],
      ['cpu.user', live?.userTimeNs],
      ['cpu.system', live?.systemTimeNs],
    ]),
  balloon: balloonFields,
  vcpu: vcpuFields,
  interface: ({ interfaces }) =>
    interfaces ? [['net.count', interfaces.length], ...interfaces.flatMap(interfaceFields)] : [],
  block: ({ blocks }) => (blocks ? [['block.count', blocks.length], ...blocks.flatMap(blockFields)] : []),
  iothread: iothreadFields,
  dirtyrate: dirtyRateFields,
};
const GROUP_NAMES = Object.keys(GROUPS) as readonly StatsGroup[];

const askedGroups = (options: Options): readonly StatsGroup[] => GROUP_NAMES.filter((name) => options[name] === true);

/** The parameters of the groups that were asked for; of all where none was. */
export function statsFields(stats: DomainStats, options: Options): Fields {
  const asked = askedGroups(options);
  return (asked.length > 0 ? asked : GROUP_NAMES).flatMap((name) => GROUPS[name](stats));
}

const isActive = ({ state }: DomainSummary | DomainStats): boolean => state !== 'shutoff' && state !== 'crashed';
const LIST_FILTERS: Readonly<Record<string, (stats: DomainStats) => boolean>> = {
  listRunning: ({ state }) => state === 'running',
  listPaused: ({ state }) => state === 'paused',
  listShutoff: ({ state }) => state === 'shutoff',
  listOther: ({ state }) => !['running', 'paused', 'shutoff'].includes(state),
};

const isWanted = (stats: DomainStats, options: Options): boolean => {
  if (options.listActive !== options.listInactive && isActive(stats) !== (options.listActive === true)) return false;
  const filters = Object.entries(LIST_FILTERS).filter(([name]) => options[name] === true);
  return filters.length === 0 || filters.some(([, test]) => test(stats));
};

/** Groups that virsh has and that have no figures here. */
const EMPTY_GROUPS = ['perf', 'memory', 'vm'];

export const domstats: CommandSpec = {
  usage: 'domstats [domains...]',
  summary: 'get statistics about one or multiple domains',
  description: 'What domains have used, by libvirt’s names of parameters; of all domains, or of those that are named.',
  options: [
    ['--state', 'states'],
    ['--cpu-total', 'CPU time of the whole process'],
    ['--balloon', 'memory'],
    ['--vcpu', 'virtual CPUs'],
    ['--interface', 'network interfaces'],
    ['--block', 'disks'],
    ['--iothread', 'I/O threads'],
    ['--dirtyrate', 'how fast memory was written when domdirtyrate-calc measured it; only where it is asked for'],
    ...EMPTY_GROUPS.map((name) => [`--${name}`, 'accepted; there are no such figures'] as const),
    ['--list-active', 'active domains only'],
    ['--list-inactive', 'inactive domains only'],
    ['--list-persistent', 'persistent domains only'],
    ['--list-transient', 'transient domains only'],
    ['--list-running', 'running domains only'],
    ['--list-paused', 'paused domains only'],
    ['--list-shutoff', 'domains that are shut off only'],
    ['--list-other', 'domains in other states only'],
    ['--raw', 'as they are (they always are)'],
    ['--enforce', 'fail for a group that there is not'],
    ['--backing', 'accepted; figures are of the top image'],
    ['--nowait', 'do without what a busy QEMU does not tell at once'],
    ['--domain <domain>', 'this domain only'],
  ],
  failure: 'Failed to get the statistics of domains',
  run: async ({ client, out }, positional, options) => {
    const missing = EMPTY_GROUPS.find((name) => options[name] === true);
    if (options.enforce && missing)
      throw virError('NO_SUPPORT', `Stats types bits of '--${missing}' are not supported by this engine`);
    const connection = await client();
    const named = [...words(positional), ...(typeof options.domain === 'string' ? [options.domain] : [])];
    const groups = askedGroups(options);
    const { domains } = await connection.call('domain.stats', {
      ...(named.length > 0 ? { domains: named } : {}),
      ...(groups.length > 0 ? { groups: [...groups] } : {}),
      ...(options.nowait ? { nowait: true } : {}),
    });
    const persistent =
      options.listPersistent || options.listTransient
        ? new Set((await connection.call('domain.list', {})).domains.flatMap((d) => (d.isPersistent ? [d.uuid] : [])))
        : undefined;
    const chosen = domains
      .filter((stats) => isWanted(stats, options))
      .filter(({ uuid }) => !persistent || persistent.has(uuid) === (options.listPersistent === true))
      .map((stats) => ({
        name: stats.name,
        fields: missing && groups.length === 0 ? [] : statsFields(stats, options),
      }));
    out.result(
      chosen.map(({ name, fields }) => ({ domain: name, ...Object.fromEntries(fields) })),
      chosen.flatMap(({ name, fields }, index) => [
        ...(index > 0 ? [''] : []),
        `Domain: '${name}'`,
        ...fields.map(([key, value]) => `  ${key}=${value}`),
      ]),
    );
  },
};

export const domdirtyrateCalc: CommandSpec = {
  usage: 'domdirtyrate-calc <domain>',
  summary: "Calculate a vm's memory dirty rate",
  description:
    "Begins to measure how fast a running domain writes its memory. 'domstats --dirtyrate' tells what came of it.",
  options: [
    ['--seconds <number>', 'how long to measure, from 1 to 60; 1 by itself'],
    ['--mode <mode>', 'page-sampling (by itself), dirty-bitmap or dirty-ring; the latter two need KVM'],
  ],
  values: { mode: DIRTY_RATE_MODES },
  domains: 'active',
  run: async ({ client, out }, positional, options) => {
    const [seconds, given] = [numberOption(options, 'seconds'), text(options, 'mode')];
    const mode = DIRTY_RATE_MODES.find((one) => one === given);
    if (given !== undefined && !mode) throw virError('INVALID_ARG', `Unknown calculation mode '${given}'`);
    const domain = word(positional);
    const input = { domain, ...(seconds === undefined ? {} : { seconds }), ...(mode ? { mode } : {}) };
    const answer = await (await client()).call('domain.calcDirtyRate', input);
    out.done(answer, "Start to calculate domain's memory dirty rate successfully.");
  },
};

// `domstats`: what domains have used, by libvirt's names of parameters (virConnectGetAllDomainStats), so that what reads virsh's reads ours.
import type { DomainReason, DomainState } from '../../common/model/domain.ts';
import type { DomainStats } from '../../common/model/endpoints.ts';
import { type CommandSpec, type Options, words } from '../context.ts';

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
  running: { booted: 1, restored: 3, unpaused: 5, wakeup: 8, crashed: 9 },
  paused: { user: 1, ioerror: 5, watchdog: 6, 'shutting down': 8, crashed: 10, 'starting up': 11 },
  shutdown: { user: 1 },
  shutoff: { shutdown: 1, destroyed: 2, crashed: 3, failed: 6, daemon: 8 },
  crashed: { panicked: 1 },
  pmsuspended: {},
};

type Fields = readonly (readonly [name: string, value: number])[];

const GROUPS: Readonly<Record<string, (stats: DomainStats) => Fields>> = {
  state: ({ state, reason }) => [
    ['state.state', STATES[state]],
    ['state.reason', REASONS[state][reason] ?? 0],
  ],
  cpuTotal: ({ live }) =>
    live
      ? [
          ['cpu.time', live.cpuTimeNs],
          ['cpu.user', live.userTimeNs],
          ['cpu.system', live.systemTimeNs],
        ]
      : [],
  balloon: ({ memoryKiB, maxMemoryKiB, live }) => [
    ['balloon.current', memoryKiB],
    ['balloon.maximum', maxMemoryKiB],
    ...(live ? [['balloon.rss', live.residentKiB] as const] : []),
  ],
  vcpu: ({ vcpus, maxVcpus, live }) => [
    ['vcpu.current', vcpus],
    ['vcpu.maximum', maxVcpus],
    ...(live?.vcpuTimesNs ?? []).flatMap((time, index) => [
      [`vcpu.${index}.state`, 1] as const, // VIR_VCPU_RUNNING
      [`vcpu.${index}.time`, time] as const,
    ]),
  ],
};

/** The parameters of the groups that were asked for; of all where none was. */
export function statsFields(stats: DomainStats, options: Options): Fields {
  const names = Object.keys(GROUPS);
  const asked = names.filter((name) => options[name] === true);
  return (asked.length > 0 ? asked : names).flatMap((name) => GROUPS[name]?.(stats) ?? []);
}

const isWanted = ({ state }: DomainStats, options: Options): boolean => {
  const isActive = state !== 'shutoff' && state !== 'crashed';
  if (options.listActive !== options.listInactive) return isActive === (options.listActive === true);
  const wanted = Object.entries({ Running: 'running', Paused: 'paused', Shutoff: 'shutoff' })
    .filter(([name]) => options[`list${name}`] === true)
    .map(([, value]) => value as DomainState);
  return wanted.length === 0 || wanted.includes(state);
};

export const domstats: CommandSpec = {
  usage: 'domstats [domains...]',
  summary: 'what domains have used: state, CPU, memory, virtual CPUs',
  options: [
    ['--state', 'their states'],
    ['--cpu-total', 'CPU time of the whole process'],
    ['--balloon', 'memory'],
    ['--vcpu', 'virtual CPUs'],
    ['--domain <domain>', 'this domain only'],
    ['--list-active', 'active domains only'],
    ['--list-inactive', 'inactive domains only'],
    ['--list-running', 'running domains only'],
    ['--list-paused', 'paused domains only'],
    ['--list-shutoff', 'domains that are shut off only'],
    ['--raw', 'as they are (they always are)'],
  ],
  run: async ({ client, out }, positional, options) => {
    const named = [...words(positional), ...(typeof options.domain === 'string' ? [options.domain] : [])];
    const { domains } = await (await client()).call('domain.stats', named.length > 0 ? { domains: named } : {});
    const chosen = domains
      .filter((stats) => isWanted(stats, options))
      .map((stats) => ({ name: stats.name, fields: statsFields(stats, options) }));
    out.result(
      chosen.map(({ name, fields }) => ({ domain: name, ...Object.fromEntries(fields) })),
      chosen.flatMap(({ name, fields }) => [
        `Domain: '${name}'`,
        ...fields.map(([key, value]) => `  ${key}=${value}`),
        '',
      ]),
    );
  },
};

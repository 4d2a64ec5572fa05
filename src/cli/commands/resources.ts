// Processors and memory of a domain: setvcpus, setvcpu, vcpucount, vcpuinfo, setmem, setmaxmem (tools/virsh-domain.c).
import { cpus } from 'node:os';
import type { ContractClient } from '../../common/contract/client.ts';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, type Options, word } from '../context.ts';
import { formatCpuList, parseCpuList } from '../cpu-list.ts';
import { AFFECT_OPTIONS, affectOf, exclusive } from '../flags.ts';
import { parseKiB } from '../quantity.ts';

const setvcpus: CommandSpec = {
  usage: 'setvcpus <domain> <count>',
  summary: 'change number of virtual CPUs',
  options: [
    ['--maximum', 'the most that there may be, at the next start'],
    ...AFFECT_OPTIONS,
    ['--guest', 'by the agent: taken from use in the guest, not unplugged'],
    ['--hotpluggable', 'with --config: those that come can go again while the domain runs'],
  ],
  failure: "Failed to set the number of virtual CPUs of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'guest', 'config');
    exclusive(options, 'guest', 'maximum');
    const count = numberOption({ count: word(positional, 1) }, 'count') ?? 0;
    if (count < 1) throw virError('INVALID_ARG', `Invalid number of virtual CPUs`);
    const input = {
      domain: word(positional),
      count,
      ...(options.maximum ? { maximum: true } : {}),
      ...(options.guest ? { guest: true } : {}),
      ...(options.hotpluggable ? { hotpluggable: true } : {}),
      ...(await affectOf(options)),
    };
    out.result(await (await client()).call('domain.setVcpus', input), []);
  },
};

const MOST_VCPUS = 4096;

const setvcpu: CommandSpec = {
  usage: 'setvcpu <domain> <vcpulist>',
  summary: 'attach/detach vcpu or groups of threads',
  description:
    'The list names processors by their numbers, such as 2-3,5. Of a running domain, one place that can be plugged in or out at a time: on x86 that is one processor.',
  options: [
    ['--enable', 'they come'],
    ['--disable', 'they go; while it runs those of the start stay, and all where there is no KVM; 0 always does'],
    ...AFFECT_OPTIONS,
  ],
  failure: "Failed to set the virtual CPUs <vcpulist> of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'enable', 'disable');
    const affect = await affectOf(options);
    const [domain, list] = [word(positional), word(positional, 1)];
    if (!options.enable && !options.disable) throw virError('INVALID_ARG', 'one of --enable, --disable is required');
    const vcpus = parseCpuList(list);
    if (!vcpus || vcpus.some((id) => id >= MOST_VCPUS))
      throw virError('INVALID_ARG', `Failed to parse bitmap '${list}'`);
    if (vcpus.length === 0) throw virError('INVALID_ARG', 'no vcpus selected for modification');
    const input = { domain, vcpus: [...vcpus], enabled: options.enable === true, ...affect };
    out.result(await (await client()).call('domain.setVcpu', input), []);
  },
};

const setMemory = (
  name: string,
  procedure: 'domain.setMemory' | 'domain.setMaxMemory',
  summary: string,
  failure: string,
): CommandSpec => ({
  usage: `${name} <domain> <size>`,
  summary,
  description: 'The size is in KiB, or with a unit: 512M, 2GiB.',
  options: AFFECT_OPTIONS,
  failure,
  run: async ({ client, out }, positional, options) => {
    const kib = parseKiB(word(positional, 1));
    const input = { domain: word(positional), kib, ...(await affectOf(options)) };
    out.result(await (await client()).call(procedure, input), []);
  },
});

interface Counts {
  readonly current: number;
  readonly maximum: number;
}

async function countsOf(client: ContractClient, domain: string, inactive: boolean): Promise<Counts> {
  const { xml } = await client.call('domain.dumpxml', { domain, inactive });
  const [, attributes = '', count] = /<vcpu([^>]*)>\s*(\d+)\s*<\/vcpu>/.exec(xml) ?? [];
  const maximum = Number(count ?? 1);
  return { maximum, current: Number(/current=['"](\d+)/.exec(attributes)?.[1] ?? maximum) };
}

/** Throws OPERATION_INVALID for a question that has no answer while the domain is off. */
async function oneCount(client: ContractClient, domain: string, options: Options): Promise<number> {
  const { name, isActive } = await client.call('domain.lookup', { domain });
  if (options.live && !isActive) throw virError('OPERATION_INVALID', `domain '${name}' is not running`);
  const counts = await countsOf(client, domain, options.config === true);
  return options.maximum ? counts.maximum : counts.current;
}

const vcpucount: CommandSpec = {
  usage: 'vcpucount <domain>',
  summary: 'domain vcpu counts',
  options: [
    ['--maximum', 'the most that there may be'],
    ['--active', 'those that there are'],
    ['--live', 'of the running domain'],
    ['--config', 'of its next start'],
    ['--current', 'of the running domain where it runs, else of its next start'],
    ['--guest', 'those that the guest uses, by its agent'],
  ],
  failure: "Failed to count the virtual CPUs of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    exclusive(options, 'live', 'config');
    exclusive(options, 'maximum', 'active');
    exclusive(options, 'current', 'config');
    exclusive(options, 'current', 'live');
    const connection = await client();
    const domain = word(positional);
    if (options.guest) {
      const { vcpus } = await connection.call('agent.vcpus', { domain });
      const count = vcpus.filter(({ online }) => online).length;
      return out.result({ count }, [String(count)]);
    }
    if (['maximum', 'active', 'live', 'config', 'current'].some((name) => options[name])) {
      const count = await oneCount(connection, domain, options);
      return out.result({ count }, [String(count)]);
    }
    const { isActive, isPersistent } = await connection.call('domain.lookup', { domain });
    const config = isPersistent || !isActive ? await countsOf(connection, domain, true) : undefined;
    const live = isActive ? await countsOf(connection, domain, false) : undefined;
    const rows = (['maximum', 'current'] as const).flatMap((kind) =>
      Object.entries({ config, live }).flatMap(([where, counts]) =>
        counts ? [`${kind.padEnd(12)} ${where.padEnd(12)} ${String(counts[kind]).padStart(3)}`] : [],
      ),
    );
    out.result({ ...(config ? { config } : {}), ...(live ? { live } : {}) }, rows);
  },
};

const vcpuinfo: CommandSpec = {
  usage: 'vcpuinfo <domain>',
  summary: 'detailed domain vcpu information',
  options: [['--pretty', 'affinity as ranges']],
  failure: "Failed to get the virtual CPUs of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const { domains } = await connection.call('domain.stats', { domains: [word(positional)] });
    const stats = domains[0];
    const hostCpus = cpus().length;
    const pins = await connection.call('domain.pins', { domain: word(positional) });
    const affinity = (vcpu: number): string => {
      const allowed = pins.vcpus.find(({ id }) => id === vcpu)?.cpus ?? [];
      if (options.pretty) return `${formatCpuList(allowed)} (out of ${hostCpus})`;
      return Array.from({ length: hostCpus }, (_, cpu) => (allowed.includes(cpu) ? 'y' : '-')).join('');
    };
    const times = stats?.live?.vcpuTimesNs ?? Array.from({ length: stats?.vcpus ?? 0 }, () => undefined);
    const isActive = stats?.live !== undefined;
    const idOf = (index: number): number => stats?.live?.vcpuIds?.[index] ?? index;
    out.result(
      times.map((cpuTimeNs, index) => ({
        vcpu: idOf(index),
        ...(isActive ? { cpu: stats.live?.vcpuCpus?.[index] } : {}),
        state: isActive ? 'running' : 'offline',
        ...(cpuTimeNs === undefined ? {} : { cpuTimeNs }),
      })),
      times.flatMap((time, index) => [
        ...(index > 0 ? [''] : []),
        `VCPU:           ${idOf(index)}`,
        `CPU:            ${stats?.live?.vcpuCpus?.[index] ?? 'N/A'}`,
        ...(isActive ? ['State:          running'] : ['State:          N/A']),
        `CPU time:       ${time === undefined ? 'N/A' : `${(time / 1e9).toFixed(1)}s`}`,
        `CPU Affinity:   ${affinity(idOf(index))}`,
      ]),
    );
  },
};

export const resourceCommands: readonly CommandSpec[] = [
  setvcpus,
  setvcpu,
  setMemory('setmem', 'domain.setMemory', 'change memory allocation', "Failed to set the memory of domain '<domain>'"),
  setMemory('setmaxmem', 'domain.setMaxMemory', 'change maximum memory limit', 'Unable to change MaxMemorySize'),
  vcpucount,
  vcpuinfo,
];

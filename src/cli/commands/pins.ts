// On which CPUs of the host a domain's threads run, and its I/O threads: vcpupin, emulatorpin, iothreadinfo, iothreadpin, iothreadadd, iothreaddel,
// iothreadset (tools/virsh-domain.c);
// nodecpumap (tools/virsh-host.c).
import { readFileSync } from 'node:fs';
import type { ContractClient } from '../../common/contract/client.ts';
import type { Input, Output } from '../../common/contract/procedures.ts';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, type Options, optionName, word } from '../context.ts';
import { formatCpuList, parseCpuList } from '../cpu-list.ts';
import { AFFECT_OPTIONS, affectOf } from '../flags.ts';
import { formatFields } from '../output.ts';

const listIn = (path: string): readonly number[] => parseCpuList(readFileSync(path, 'utf8').trim()) ?? [];
const online = (): readonly number[] => listIn('/sys/devices/system/cpu/online');

/** 'r': all CPUs, as in virsh. Throws INVALID_ARG. */
function cpusFrom(text: string): number[] {
  const cpus = text === 'r' ? online() : parseCpuList(text);
  if (!cpus || cpus.length === 0) throw virError('INVALID_ARG', `cpulist: Invalid format.`);
  return [...cpus];
}

const LIST = 'Host CPUs are a list, such as 0-3,^2,8; r means all of them.';

async function pinsOf(client: ContractClient, domain: string, options: Options): Promise<Output<'domain.pins'>> {
  await affectOf(options);
  if (options.live && !(await client.call('domain.lookup', { domain })).isActive)
    throw virError('OPERATION_INVALID', `domain '${domain}' is not running`);
  return client.call('domain.pins', { domain, inactive: options.config === true && options.live !== true });
}

type Rows = Output<'domain.pins'>['vcpus'];
const rowsOf = (pins: Rows): readonly (readonly string[])[] =>
  pins.map(({ id, cpus }) => [String(id), formatCpuList(cpus)]);

async function setPin(
  { client, out }: Parameters<CommandSpec['run']>[0],
  options: Options,
  input: Omit<Input<'domain.setPin'>, 'live' | 'config'>,
): Promise<void> {
  const affect = await affectOf(options);
  out.result(await (await client()).call('domain.setPin', { ...input, ...affect }), []);
}

const vcpupin: CommandSpec = {
  usage: 'vcpupin <domain> [vcpu] [cpulist]',
  summary: 'control or query domain vcpu affinity',
  description: LIST,
  options: AFFECT_OPTIONS,
  failure: "Failed to pin the vcpus of domain '<domain>'",
  run: async (context, positional, options) => {
    const domain = word(positional);
    const id = word(positional, 1) === '' ? undefined : numberOption({ vcpu: word(positional, 1) }, 'vcpu');
    const list = word(positional, 2);
    if (list !== '' && id === undefined) throw virError('INVALID_ARG', 'vcpupin: Missing vCPU number in pin mode.');
    if (list !== '') return setPin(context, options, { domain, thread: 'vcpu', id, cpus: cpusFrom(list) });
    const { vcpus } = await pinsOf(await context.client(), domain, options);
    const shown = id === undefined ? vcpus : vcpus.filter((vcpu) => vcpu.id === id);
    if (shown.length === 0) throw virError('INVALID_ARG', `vcpu ${id} is out of range of cpu count ${vcpus.length}`);
    context.out.table(shown, ['VCPU', 'CPU Affinity'], rowsOf(shown));
  },
};

const emulatorpin: CommandSpec = {
  usage: 'emulatorpin <domain> [cpulist]',
  summary: 'control or query domain emulator affinity',
  description: LIST,
  options: AFFECT_OPTIONS,
  failure: "Failed to pin the emulator of domain '<domain>'",
  run: async (context, positional, options) => {
    const [domain, list] = [word(positional), word(positional, 1)];
    if (list !== '') return setPin(context, options, { domain, thread: 'emulator', cpus: cpusFrom(list) });
    const { emulator } = await pinsOf(await context.client(), domain, options);
    context.out.table({ cpus: emulator }, ['emulator', 'CPU Affinity'], [['*', formatCpuList(emulator)]]);
  },
};

const iothreadinfo: CommandSpec = {
  usage: 'iothreadinfo <domain>',
  summary: 'view domain IOThreads',
  options: AFFECT_OPTIONS,
  failure: 'Unable to get domain IOThreads information',
  run: async ({ client, out }, positional, options) => {
    const { iothreads } = await pinsOf(await client(), word(positional), options);
    if (iothreads.length === 0) return out.done([], 'No IOThreads found for the domain');
    out.table(iothreads, ['IOThread ID', 'CPU Affinity'], rowsOf(iothreads));
  },
};

const iothreadpin: CommandSpec = {
  usage: 'iothreadpin <domain> <iothread> <cpulist>',
  summary: 'control domain IOThread affinity',
  description: LIST,
  options: AFFECT_OPTIONS,
  failure: "Failed to pin an IOThread of domain '<domain>'",
  run: async (context, positional, options) => {
    const id = numberOption({ iothread: word(positional, 1) }, 'iothread');
    await setPin(context, options, {
      domain: word(positional),
      thread: 'iothread',
      id,
      cpus: cpusFrom(word(positional, 2)),
    });
  },
};

function iothreadId(text: string): number {
  const id = numberOption({ id: text }, 'id') ?? 0;
  if (id === 0) throw virError('INVALID_ARG', `Invalid IOThread id value: '${id}'`);
  return id;
}

const iothreadChange = (
  name: 'iothreadadd' | 'iothreaddel',
  procedure: 'domain.addIothread' | 'domain.removeIothread',
  summary: string,
): CommandSpec => ({
  usage: `${name} <domain> <id>`,
  summary,
  options: AFFECT_OPTIONS,
  failure: `Failed to ${name === 'iothreadadd' ? 'add' : 'delete'} IOThread <id> of domain '<domain>'`,
  run: async ({ client, out }, positional, options) => {
    const id = iothreadId(word(positional, 1));
    const affect = await affectOf(options);
    out.result(await (await client()).call(procedure, { domain: word(positional), id, ...affect }), []);
  },
});

/** A number of 32 bits, with its sign. Throws INVALID_ARG. */
function intOption(options: Options, name: string): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (Math.abs(number) <= 2_147_483_647) return number;
  throw virError(
    'INVALID_ARG',
    `Numeric value '${value}' for <${optionName(name)}> option is malformed or out of range`,
  );
}

const iothreadset: CommandSpec = {
  usage: 'iothreadset <domain> <id>',
  summary: 'modifies an existing IOThread of the guest domain',
  description:
    'Polling keeps a thread awake for a while, which costs the host CPU time and saves the guest waiting. Bounds of -1 are none, and are for the definition only.',
  options: [
    ['--poll-max-ns <number>', 'the longest polling time in ns; 0: no polling'],
    ['--poll-grow <number>', 'by which the time grows; 0: as QEMU does'],
    ['--poll-shrink <number>', 'by which the time shrinks; 0: as QEMU does'],
    ['--thread-pool-min <number>', 'the fewest worker threads'],
    ['--thread-pool-max <number>', 'the most worker threads'],
    ...AFFECT_OPTIONS,
  ],
  failure: "Failed to change IOThread <id> of domain '<domain>'",
  run: async ({ client, out }, positional, options) => {
    const affect = await affectOf(options);
    const id = iothreadId(word(positional, 1));
    const values = {
      pollMaxNs: numberOption(options, 'pollMaxNs'),
      pollGrow: numberOption(options, 'pollGrow'),
      pollShrink: numberOption(options, 'pollShrink'),
      threadPoolMin: intOption(options, 'threadPoolMin'),
      threadPoolMax: intOption(options, 'threadPoolMax'),
    };
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    if (Object.keys(given).length === 0) throw virError('INVALID_ARG', 'Not enough arguments passed, nothing to set');
    const input = { domain: word(positional), id, ...given, ...affect };
    out.result(await (await client()).call('domain.setIothread', input), []);
  },
};

const nodecpumap: CommandSpec = {
  usage: 'nodecpumap',
  summary: 'node cpu map',
  options: [['--pretty', 'the map as a list']],
  run: async ({ out }, _, options) => {
    const [present, running] = [listIn('/sys/devices/system/cpu/present'), online()];
    const all = Array.from({ length: (present.at(-1) ?? 0) + 1 }, (_unused, cpu) => cpu);
    const map = options.pretty
      ? formatCpuList(running)
      : all.map((cpu) => (running.includes(cpu) ? 'y' : '-')).join('');
    const fields = [
      ['CPUs present', String(all.length)],
      ['CPUs online', String(running.length)],
      ['CPU map', map],
    ] as const;
    out.result({ present: all.length, online: running }, formatFields(fields));
  },
};

export const pinCommands: readonly CommandSpec[] = [
  vcpupin,
  emulatorpin,
  iothreadinfo,
  iothreadpin,
  iothreadChange('iothreadadd', 'domain.addIothread', 'add an IOThread to the guest domain'),
  iothreadChange('iothreaddel', 'domain.removeIothread', 'delete an IOThread from the guest domain'),
  iothreadset,
];
export const cpuMapCommands: readonly CommandSpec[] = [nodecpumap];

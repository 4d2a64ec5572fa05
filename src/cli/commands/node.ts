// The host as virsh tells it: nodeinfo, hostname, uri, memory and CPU figures. Read from /proc and /sys, without an engine.
import { existsSync, readFileSync } from 'node:fs';
import { arch, cpus, hostname as hostName, totalmem } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, text, word } from '../context.ts';
import { meminfoOf, numaCells, numbered } from '../numa-cells.ts';

export interface CpuPlace {
  readonly socket: number;
  readonly core: number;
}

const CPU_DIR = '/sys/devices/system/cpu';
function cpuPlaces(): readonly CpuPlace[] {
  return numbered(CPU_DIR, /^cpu\d+$/).flatMap((name) => {
    const dir = `${CPU_DIR}/${name}/topology`;
    if (!existsSync(dir)) return []; // it is offline
    const [socket, core] = ['physical_package_id', 'core_id'].map((file) => Number(readFileSync(`${dir}/${file}`)));
    return [{ socket: socket ?? 0, core: core ?? 0 }];
  });
}

/** Sockets, cores of one and threads of one; virsh's sockets are those of a NUMA cell. */
export function topologyOf(places: readonly CpuPlace[], cells: number) {
  const sockets = new Set(places.map(({ socket }) => socket)).size || 1;
  const cores = new Set(places.map(({ socket, core }) => `${socket}:${core}`)).size || 1;
  return {
    sockets: Math.max(1, Math.floor(sockets / cells)),
    cores: Math.max(1, Math.floor(cores / sockets)),
    threads: Math.max(1, Math.floor(places.length / cores)),
  };
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };

const nodeinfo: CommandSpec = {
  usage: 'nodeinfo',
  summary: 'node information',
  run: async ({ out }) => {
    const cells = numaCells().length || 1;
    const all = cpus();
    const info = {
      model: ARCHITECTURES[arch()] ?? arch(),
      cpus: all.length,
      mhz: all[0]?.speed ?? 0,
      ...topologyOf(cpuPlaces(), cells),
      cells,
      memoryKiB: Math.floor(totalmem() / 1024),
    };
    const lines = [
      ['CPU model', info.model],
      ['CPU(s)', info.cpus],
      ['CPU frequency', `${info.mhz} MHz`],
      ['CPU socket(s)', info.sockets],
      ['Core(s) per socket', info.cores],
      ['Thread(s) per core', info.threads],
      ['NUMA cell(s)', info.cells],
      ['Memory size', `${info.memoryKiB} KiB`],
    ].map(([key, value]) => `${`${key}:`.padEnd(20)} ${value}`);
    out.result(info, lines);
  },
};

const hostname: CommandSpec = {
  usage: 'hostname',
  summary: 'print the hypervisor hostname',
  run: async ({ out }) => out.result({ hostname: hostName() }, [hostName()]),
};

const uri: CommandSpec = {
  usage: 'uri',
  summary: 'print the hypervisor canonical URI',
  run: async ({ out }) => {
    const { resolvePaths } = await import('../../engine/client.ts');
    const text = `vivarium:///session?socket=${resolvePaths().socket}`;
    out.result({ uri: text }, [text]);
  },
};

const nodememstats: CommandSpec = {
  usage: 'nodememstats [cell]',
  summary: 'Prints memory stats of the node.',
  run: async ({ out }, positional) => {
    const cell = word(positional);
    const info = meminfoOf(cell === '' || cell === '-1' ? undefined : numberOption({ cell }, 'cell'));
    const rows = [
      ['total', info.MemTotal],
      ['free', info.MemFree],
      ['buffers', info.Buffers],
      ['cached', info.Cached],
    ].filter((row): row is [string, number] => row[1] !== undefined);
    out.result(
      Object.fromEntries(rows.map(([name, kib]) => [`${name}KiB`, kib])),
      rows.map(([name, kib]) => `${name.padEnd(7)}: ${String(kib).padStart(20)} KiB`),
    );
  },
};

type CpuTimes = Readonly<Record<'user' | 'system' | 'idle' | 'iowait', number>>;
const TICK_NS = 10_000_000; // sysconf(_SC_CLK_TCK) is 100 on Linux

/** ns since the boot, of all CPUs or of one. Throws INVALID_ARG. */
function cpuTimes(cpu: number | undefined): CpuTimes {
  const name = cpu === undefined ? 'cpu' : `cpu${cpu}`;
  const line = readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name} `));
  if (!line) throw virError('INVALID_ARG', `Invalid cpuNum in virNodeGetCPUStats: there is no CPU ${cpu}`);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0] = line
    .split(/\s+/)
    .slice(1)
    .map((ticks) => Number(ticks) * TICK_NS);
  return { user: user + nice, system: system + irq + softirq, idle, iowait };
}

const nodecpustats: CommandSpec = {
  usage: 'nodecpustats [cpu]',
  summary: 'Prints cpu stats of the node.',
  options: [['--percent', 'shares, during the next second']],
  run: async ({ out }, positional, options) => {
    const cpu = word(positional) === '' ? undefined : numberOption({ cpu: word(positional) }, 'cpu');
    const times = cpuTimes(cpu);
    const entries = Object.entries(times);
    if (!options.percent)
      return out.result(
        times,
        entries.map(([name, ns]) => `${`${name}:`.padEnd(15)} ${String(ns).padStart(20)}`),
      );
    await pause(1000);
    const after = cpuTimes(cpu);
    const spent = entries.map(([name, ns]) => [name, after[name as keyof CpuTimes] - ns] as const);
    const all = spent.reduce((sum, [, ns]) => sum + ns, 0) || 1;
    const shares = spent.map(([name, ns]) => [name, (100 * ns) / all] as const);
    const idle = shares.find(([name]) => name === 'idle')?.[1] ?? 0;
    const rows = [['usage', 100 - idle] as const, ...shares];
    out.result(
      Object.fromEntries(rows),
      rows.map(([name, share]) => `${`${name}:`.padEnd(15)} ${share.toFixed(1).padStart(5)}%`),
    );
  },
};

const maxvcpus: CommandSpec = {
  usage: 'maxvcpus',
  summary: 'connection vcpu maximum',
  options: [['--type <type>', 'qemu or kvm']],
  values: { type: ['qemu', 'kvm'] },
  run: async ({ out }, _, options) => {
    const type = text(options, 'type') ?? 'qemu';
    if (type !== 'qemu' && type !== 'kvm') throw virError('INVALID_ARG', `unknown type '${type}'`);
    out.result({ maxVcpus: 255 }, ['255']); // the pc machine's, as libvirt's QEMU driver answers without a machine
  },
};

export const nodeCommands: readonly CommandSpec[] = [nodeinfo, hostname, uri, nodememstats, nodecpustats, maxvcpus];

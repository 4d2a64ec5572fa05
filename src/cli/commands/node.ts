// The host as virsh tells it: nodeinfo, hostname, uri. Read from /sys, without an engine.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { arch, cpus, hostname as hostName, totalmem } from 'node:os';
import type { CommandSpec } from '../context.ts';

export interface CpuPlace {
  readonly socket: number;
  readonly core: number;
}

const CPU_DIR = '/sys/devices/system/cpu';
const NODE_DIR = '/sys/devices/system/node';
const numbered = (dir: string, kind: RegExp): readonly string[] =>
  existsSync(dir) ? readdirSync(dir).filter((name) => kind.test(name)) : [];

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
  summary: 'the CPUs and the memory of this host',
  run: async ({ out }) => {
    const cells = numbered(NODE_DIR, /^node\d+$/).length || 1;
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
    out.result(info, [...lines, '']);
  },
};

const hostname: CommandSpec = {
  usage: 'hostname',
  summary: 'the name of this host',
  run: async ({ out }) => out.result({ hostname: hostName() }, [hostName(), '']),
};

const uri: CommandSpec = {
  usage: 'uri',
  summary: 'what the command line talks to: the engine of this user',
  run: async ({ out }) => {
    const { resolvePaths } = await import('../../engine/client.ts');
    const text = `vivarium:///session?socket=${resolvePaths().socket}`;
    out.result({ uri: text }, [text, '']);
  },
};

export const nodeCommands: readonly CommandSpec[] = [nodeinfo, hostname, uri];

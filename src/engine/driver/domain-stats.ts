// What a domain has used since its start, for scripts: one reading of /proc, never over QMP. Live graphs have their own sampler (stats-sampler.ts).
import { readFile } from 'node:fs/promises';
import type { DomainStats } from '../../common/model/endpoints.ts';
import type { DomainObj } from './domain-obj.ts';

/** USER_HZ is 100 on every Linux that QEMU runs on (proc_pid_stat(5)). */
const TICK_NS = 10_000_000;
const PAGE_KIB = 4;

const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => ''); // it ended meanwhile: zeros

async function processStats(pid: number, threads: readonly number[]): Promise<DomainStats['live']> {
  const [stat, statm, ...schedstats] = await Promise.all([
    read(`/proc/${pid}/stat`),
    read(`/proc/${pid}/statm`),
    ...threads.map((thread) => read(`/proc/${pid}/task/${thread}/schedstat`)),
  ]);
  // The name in brackets may hold anything; utime and stime are the 12th and 13th field behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTimeNs, systemTimeNs] = [11, 12].map((index) => Number(fields[index] ?? 0) * TICK_NS) as [number, number];
  return {
    cpuTimeNs: userTimeNs + systemTimeNs,
    userTimeNs,
    systemTimeNs,
    residentKiB: Number(statm.split(' ')[1] ?? 0) * PAGE_KIB,
    vcpuTimesNs: schedstats.map((text) => Number(text.split(' ')[0])),
  };
}

export async function domainStats(obj: DomainObj): Promise<DomainStats> {
  const { live } = obj;
  const def = live?.def ?? obj.def;
  const maxMemoryKiB = def.memory?.kib ?? 0;
  const maxVcpus = def.vcpu?.max ?? 1;
  const pid = live?.process?.identity.pid;
  return {
    uuid: obj.uuid,
    name: obj.name,
    state: obj.state,
    reason: obj.reason,
    memoryKiB: def.currentMemory ?? maxMemoryKiB,
    maxMemoryKiB,
    vcpus: def.vcpu?.current ?? maxVcpus,
    maxVcpus,
    ...(live && pid !== undefined ? { live: await processStats(pid, live.vcpuThreads) } : {}),
  };
}

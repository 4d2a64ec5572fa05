// What /proc tells of a QEMU process and its threads, never over QMP: `query-stats` runs on the virtual CPU's own thread and costs a thousand times as
// much. Read synchronously: such a read takes some 10 µs and never waits for a disk, while an asynchronous one goes through the thread pool four times.
import { readFileSync } from 'node:fs';
import type { CpuStats } from '../../../common/model/endpoints.ts';

/** USER_HZ is 100 on every Linux that QEMU runs on (proc_pid_stat(5)). */
const TICK_NS = 10_000_000;
const PAGE_KIB = 4;

/** Undefined where process or thread ended meanwhile. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // it is gone, which is an answer
  }
}

export interface ThreadTimes {
  /** ns on a CPU, and ns ready without having one. */
  readonly runNs: number;
  readonly waitNs: number;
}

/** schedstat's first two fields; zeros for a thread that ended. */
export function threadTimes(pid: number, thread: number): ThreadTimes {
  const [run = 0, wait = 0] = (read(`/proc/${pid}/task/${thread}/schedstat`) ?? '').split(' ').map(Number);
  return { runNs: run, waitNs: wait };
}

export const residentKiB = (pid: number): number =>
  Number((read(`/proc/${pid}/statm`) ?? '').split(' ')[1] ?? 0) * PAGE_KIB;

/** proc_pid_stat(5) from its third field on: the name in brackets before it may hold anything. */
function statFields(path: string): readonly string[] {
  const stat = read(path) ?? '';
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The CPU of the host that a thread ran on last; 0 for one that ended. */
export const lastCpu = (pid: number, thread: number): number =>
  Number(statFields(`/proc/${pid}/task/${thread}/stat`)[36] ?? 0);

export function cpuStats(pid: number): CpuStats {
  // utime and stime
  const fields = statFields(`/proc/${pid}/stat`);
  const userTimeNs = Number(fields[11] ?? 0) * TICK_NS;
  const systemTimeNs = Number(fields[12] ?? 0) * TICK_NS;
  return { cpuTimeNs: userTimeNs + systemTimeNs, userTimeNs, systemTimeNs };
}

// Who a pid is. A pid alone may be somebody else's by now, so a process is known by pid and start time (field 22 of /proc/PID/stat), and found by
// the start id in its environment where no pid was recorded. proc(5).
import { readdir, readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as text: only ever compared. */
  readonly startTime: string;
}

/** The start id of a probe, by the runtime folder whose lock its engine holds: one that is found at an engine's start is a dead engine's. */
export const probeStartId = (runtimeDir: string): string => `probe:${runtimeDir}`;

export const START_ID_VARIABLE = 'VIVARIUM_START_ID';

interface ProcessStat {
  readonly state: string;
  readonly startTime: string;
}

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name is in parentheses and may hold blanks and parentheses itself: fields count from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    return state === undefined || startTime === undefined ? undefined : { state, startTime };
  } catch (error) {
    if (isGone(error)) return undefined; // the file went away with its process
    throw error; // EMFILE, ENFILE, ENOMEM: we don't know, and must not take it for dead
  }
}

/** The identity of a live process, undefined where there is none or only a zombie. */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readStat(pid);
  return stat && stat.state !== 'Z' && stat.state !== 'X' ? { pid, startTime: stat.startTime } : undefined;
}

export async function isSameProcess(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime;
}

/** True where the process is stopped by SIGSTOP or a tracer, and so deaf to everything but SIGKILL. */
export async function isStopped(pid: number): Promise<boolean> {
  const state = (await readStat(pid))?.state;
  return state === 'T' || state === 't';
}

/** The start id in a process's environment, undefined where it has none or is not ours to read. */
async function readStartId(pid: number): Promise<string | undefined> {
  try {
    const environment = (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0');
    return environment.find((entry) => entry.startsWith(`${START_ID_VARIABLE}=`))?.slice(START_ID_VARIABLE.length + 1);
  } catch (error) {
    const isDenied = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
    if (isDenied || isGone(error)) return undefined; // somebody else's process, or gone
    throw error;
  }
}

/**
 * All processes of this user that were started by an engine, by start id. One look at /proc, one process after the other: all of them times the guests
 * to adopt are more files than a process may have open.
 */
export async function findStarted(): Promise<ReadonlyMap<string, readonly ProcessIdentity[]>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const started = new Map<string, ProcessIdentity[]>();
  for (const pid of pids) {
    const startId = await readStartId(pid);
    const identity = startId === undefined ? undefined : await identifyProcess(pid);
    if (startId !== undefined && identity) started.set(startId, [...(started.get(startId) ?? []), identity]);
  }
  return started;
}

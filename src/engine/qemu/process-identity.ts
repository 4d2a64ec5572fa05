// Who a pid is. A pid alone may be somebody else's by now, so a process is known by pid and start time (field 22 of /proc/PID/stat), and found by
// the start id in its environment where no pid was recorded. proc(5).
import { readdir, readFile } from 'node:fs/promises';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, as text: only ever compared. */
  readonly startTime: string;
}

export const START_ID_VARIABLE = 'VIVARIUM_START_ID';

interface ProcessStat {
  readonly state: string;
  readonly startTime: string;
}

async function readStat(pid: number): Promise<ProcessStat | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command's name is in parentheses and may hold blanks and parentheses itself: fields count from the last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    return state === undefined || startTime === undefined ? undefined : { state, startTime };
  } catch {
    return undefined; // no such process: the file went away with it
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

const environmentHas = async (pid: number, entry: string): Promise<boolean> => {
  try {
    return (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0').includes(entry);
  } catch {
    return false; // somebody else's process, or gone
  }
};

/** Processes of this user whose environment carries `startId`. */
export async function findByStartId(startId: string): Promise<readonly ProcessIdentity[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const matches = await Promise.all(
    pids.map(async (pid) =>
      (await environmentHas(pid, `${START_ID_VARIABLE}=${startId}`)) ? identifyProcess(pid) : undefined,
    ),
  );
  return matches.filter((identity) => identity !== undefined);
}

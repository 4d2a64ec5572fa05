// The kernel's part: on which CPUs a thread may run. Read from /proc; set by taskset(1), as Node has no sched_setaffinity(2).
import { readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { virError } from '../../../common/errors.ts';
import { formatBitmap, parseBitmap } from '../../conf/bitmap.ts';

const TIMEOUT_MS = 5_000;

const listIn = (path: string, pattern: RegExp): readonly number[] => {
  try {
    return parseBitmap(pattern.exec(readFileSync(path, 'utf8'))?.[1] ?? '') ?? [];
  } catch {
    return []; // it has ended
  }
};

export const onlineCpus = (): readonly number[] => listIn('/sys/devices/system/cpu/online', /^(.+)$/m);

/** CPUs that thread `tid` may run on; empty where it has ended. */
export const affinityOf = (tid: number): readonly number[] =>
  listIn(`/proc/${tid}/status`, /^Cpus_allowed_list:\s*(.+)$/m);

export function threadsOf(pid: number): readonly number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return []; // it has ended
  }
}

/** Throws OPERATION_FAILED with the kernel's reason, NO_SUPPORT where there is no taskset. */
export async function setAffinity(tid: number, cpus: readonly number[]): Promise<void> {
  const result = await execa('taskset', ['-pc', formatBitmap(cpus), String(tid)], {
    reject: false,
    stdin: 'ignore',
    timeout: TIMEOUT_MS,
  });
  if (result.code === 'ENOENT')
    throw virError('NO_SUPPORT', 'taskset is not installed; install it (Debian: apt install util-linux) and try again');
  if (result.failed)
    throw virError('OPERATION_FAILED', `thread ${tid} can't be bound to CPUs ${formatBitmap(cpus)}`, {
      detail: result.stderr.trim(),
    });
}

// How far jobs on disks are, for views that show it. That there is a job, a machine's summary tells by events; QEMU tells nobody how far it is, so views that show it
// ask (store/watch-block-job.ts), and what they hear of one job is kept here for a moment, which gives its speed. Pure reducers.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { BlockJobInfo } from '../../common/model/block-job.ts';

interface Sample {
  /** ms of a clock that never goes back (performance.now). */
  readonly at: number;
  readonly cur: number;
  readonly end: number;
}

export interface BlockJobsState {
  /** By `blockJobKey`; samples in order of time, at least one. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
}

export const initialBlockJobs: BlockJobsState = { samples: new Map() };

/** Speed is that of the last seconds: steady enough to read, and soon right after a limit changed. */
const SPAN_MS = 10_000;

/** One disk has one job at most. */
export const blockJobKey = (uuid: string, target: string): string => `${uuid} ${target}`;

/** Takes in an answer; none: the job is over. */
export function reduceBlockJob(
  state: BlockJobsState,
  key: string,
  info: Pick<BlockJobInfo, 'cur' | 'end'> | undefined,
  at: number,
): BlockJobsState {
  const samples = new Map(state.samples);
  if (info) {
    const { cur, end } = info;
    const before = (samples.get(key) ?? []).filter((sample) => at - sample.at <= SPAN_MS);
    // one that is less far than it was is another one
    const isSame = (before.at(-1)?.cur ?? 0) <= cur;
    samples.set(key, [...(isSame ? before : []), { at, cur, end }]);
  } else if (!samples.delete(key)) return state;
  return { samples };
}

export interface BlockJobFigures {
  /** 0–1. */
  readonly fraction: number;
  readonly leftBytes: number;
  /** 0 where it is not known, or stands still. */
  readonly bytesPerSecond: number;
  readonly leftMs: number | undefined;
}

/** Too short a time says nothing of the speed. */
const SHORTEST_MS = 800;

export function figuresOf(samples: readonly Sample[] | undefined): BlockJobFigures | undefined {
  const [first, last] = [samples?.[0], samples?.at(-1)];
  if (!first || !last) return undefined;
  const leftBytes = Math.max(0, last.end - last.cur);
  const spanMs = last.at - first.at;
  const bytesPerSecond = spanMs < SHORTEST_MS ? 0 : ((last.cur - first.cur) / spanMs) * 1000;
  return {
    fraction: last.end === 0 ? 0 : Math.min(1, last.cur / last.end),
    leftBytes,
    bytesPerSecond,
    leftMs: bytesPerSecond > 0 ? (leftBytes / bytesPerSecond) * 1000 : undefined,
  };
}

export const createBlockJobsStore = (): StoreApi<BlockJobsState> => createStore(() => initialBlockJobs);

// The last minutes of CPU and memory of each running machine, for graphs. A series has a fixed length at most; machines that fell silent keep
// theirs until they leave the list.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { StatsSample } from '../../common/model/domain.ts';

export interface StatsSeries {
  /** ms since the epoch, rising. */
  readonly at: readonly number[];
  /** 0–100, share of all virtual CPUs. */
  readonly cpuPercent: readonly number[];
  readonly residentKiB: readonly number[];
}

export interface StatsState {
  readonly series: ReadonlyMap<string, StatsSeries>;
}

export const SERIES_LENGTH = 120;
const empty: StatsSeries = { at: [], cpuPercent: [], residentKiB: [] };

const push = (values: readonly number[], value: number): readonly number[] => [
  ...values.slice(1 - SERIES_LENGTH),
  value,
];

export function reduceStats(state: StatsState, samples: readonly StatsSample[]): StatsState {
  if (samples.length === 0) return state;
  const series = new Map(state.series);
  for (const sample of samples) {
    const known = series.get(sample.uuid) ?? empty;
    series.set(sample.uuid, {
      at: push(known.at, sample.at),
      cpuPercent: push(known.cpuPercent, sample.cpuPercent),
      residentKiB: push(known.residentKiB, sample.residentKiB),
    });
  }
  return { series };
}

const RANK_SAMPLES = 15;
const RANK_STEP = 5;

/** How hungry a machine is, for sorting: the mean of the last samples in coarse steps, so that rows do not change places at every sample. */
export function cpuRank(series: StatsSeries | undefined): number {
  const last = series?.cpuPercent.slice(-RANK_SAMPLES) ?? [];
  if (last.length === 0) return -1;
  return Math.round(last.reduce((sum, value) => sum + value, 0) / last.length / RANK_STEP) * RANK_STEP;
}

/** Forgets machines that are not there any more. */
export function reduceForget(state: StatsState, isKnown: (uuid: string) => boolean): StatsState {
  if ([...state.series.keys()].every(isKnown)) return state;
  return { series: new Map([...state.series].filter(([uuid]) => isKnown(uuid))) };
}

export const createStatsStore = (): StoreApi<StatsState> => createStore(() => ({ series: new Map() }));

// The last minutes of each running machine's figures, for graphs. A series has a fixed length at most; machines that fell silent keep theirs until they
// leave the list. Disk and network are measured only of machines that somebody watches (store/watch.ts), so they have gaps.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { StatsSample } from '../../common/model/domain.ts';

type Gappy = readonly (number | undefined)[];

export interface StatsSeries {
  /** ms since the epoch, rising. */
  readonly at: readonly number[];
  /** 0–100, share of all virtual CPUs. */
  readonly cpuPercent: readonly number[];
  readonly residentKiB: readonly number[];
  /** Bytes a second; undefined where they were not measured. */
  readonly diskReadBps: Gappy;
  readonly diskWriteBps: Gappy;
  readonly netRxBps: Gappy;
  readonly netTxBps: Gappy;
}

export interface StatsState {
  readonly series: ReadonlyMap<string, StatsSeries>;
}

/** Five minutes at one a second: as much as the engine keeps. */
export const SERIES_LENGTH = 300;
const empty: StatsSeries = {
  at: [],
  cpuPercent: [],
  residentKiB: [],
  diskReadBps: [],
  diskWriteBps: [],
  netRxBps: [],
  netTxBps: [],
};

const push = <T>(values: readonly T[], value: T): readonly T[] => [...values.slice(1 - SERIES_LENGTH), value];

const add = (series: StatsSeries, sample: StatsSample): StatsSeries => ({
  at: push(series.at, sample.at),
  cpuPercent: push(series.cpuPercent, sample.cpuPercent),
  residentKiB: push(series.residentKiB, sample.residentKiB),
  diskReadBps: push(series.diskReadBps, sample.diskReadBps),
  diskWriteBps: push(series.diskWriteBps, sample.diskWriteBps),
  netRxBps: push(series.netRxBps, sample.netRxBps),
  netTxBps: push(series.netTxBps, sample.netTxBps),
});

export function reduceStats(state: StatsState, samples: readonly StatsSample[]): StatsState {
  if (samples.length === 0) return state;
  const series = new Map(state.series);
  for (const sample of samples) series.set(sample.uuid, add(series.get(sample.uuid) ?? empty, sample));
  return { series };
}

const seriesOf = (samples: readonly StatsSample[]): StatsSeries => ({
  at: samples.map((sample) => sample.at),
  cpuPercent: samples.map((sample) => sample.cpuPercent),
  residentKiB: samples.map((sample) => sample.residentKiB),
  diskReadBps: samples.map((sample) => sample.diskReadBps),
  diskWriteBps: samples.map((sample) => sample.diskWriteBps),
  netRxBps: samples.map((sample) => sample.netRxBps),
  netTxBps: samples.map((sample) => sample.netTxBps),
});

const part = (series: StatsSeries, isWanted: (at: number) => boolean): StatsSeries => {
  const keep = <T>(values: readonly T[]): readonly T[] => values.filter((_, index) => isWanted(series.at[index] ?? 0));
  return {
    at: keep(series.at),
    cpuPercent: keep(series.cpuPercent),
    residentKiB: keep(series.residentKiB),
    diskReadBps: keep(series.diskReadBps),
    diskWriteBps: keep(series.diskWriteBps),
    netRxBps: keep(series.netRxBps),
    netTxBps: keep(series.netTxBps),
  };
};

const join = (parts: readonly StatsSeries[]): StatsSeries => {
  const all = <T>(of: (series: StatsSeries) => readonly T[]): readonly T[] => parts.flatMap(of).slice(-SERIES_LENGTH);
  return {
    at: all((series) => series.at),
    cpuPercent: all((series) => series.cpuPercent),
    residentKiB: all((series) => series.residentKiB),
    diskReadBps: all((series) => series.diskReadBps),
    diskWriteBps: all((series) => series.diskWriteBps),
    netRxBps: all((series) => series.netRxBps),
    netTxBps: all((series) => series.netTxBps),
  };
};

/** Takes in the engine's own history of a machine: it counts for its time, what this window heard before and after it stays. */
export function reduceHistory(state: StatsState, uuid: string, samples: readonly StatsSample[]): StatsState {
  const first = samples[0]?.at;
  const last = samples.at(-1)?.at;
  if (first === undefined || last === undefined) return state;
  const known = state.series.get(uuid) ?? empty;
  const told = seriesOf(samples.slice(-SERIES_LENGTH));
  const series = join([part(known, (at) => at < first), told, part(known, (at) => at > last)]);
  return { series: new Map(state.series).set(uuid, series) };
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

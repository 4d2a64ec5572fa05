import { describe, expect, it } from 'vitest';
import { reduceNotice } from '../../../../src/renderer/store/notices.ts';
import { initialSettings, parseSettings, SIDEBAR_MAX } from '../../../../src/renderer/store/settings.ts';
import {
  cpuRank,
  reduceForget,
  reduceHistory,
  reduceStats,
  SERIES_LENGTH,
  type StatsState,
} from '../../../../src/renderer/store/stats.ts';

const sample = (at: number, cpuPercent = at) => ({ uuid: 'a', at, cpuPercent, residentKiB: 1 });
const noStats: StatsState = { series: new Map() };

describe('series of CPU figures', () => {
  it('keep the newest ones up to their length', () => {
    let state = noStats;
    for (let at = 1; at <= SERIES_LENGTH + 5; at += 1) state = reduceStats(state, [sample(at)]);
    const series = state.series.get('a');
    expect(series?.at).toHaveLength(SERIES_LENGTH);
    expect(series?.at[0]).toBe(6);
    expect(series?.cpuPercent.at(-1)).toBe(SERIES_LENGTH + 5);
  });

  it('leave the state as it is where nothing was measured', () => {
    expect(reduceStats(noStats, [])).toBe(noStats);
  });

  it('rank machines by their mean in coarse steps, so that rows keep their places', () => {
    const hungry = [52, 49, 51].reduce((state, cpu, at) => reduceStats(state, [sample(at, cpu)]), noStats);
    expect(cpuRank(hungry.series.get('a'))).toBe(50);
    expect(cpuRank(undefined)).toBe(-1);
  });

  it('go with their machine', () => {
    const state = reduceStats(noStats, [sample(1)]);
    expect(reduceForget(state, () => false).series.size).toBe(0);
    expect(reduceForget(state, () => true)).toBe(state);
  });
});

describe('the engine’s history of a machine', () => {
  const told = (...at: number[]) => at.map((time) => ({ ...sample(time, 50), diskReadBps: 7 }));
  const times = (state: StatsState): readonly number[] => state.series.get('a')?.at ?? [];

  it('fills a graph that is opened now', () => {
    const series = reduceHistory(noStats, 'a', told(10, 20)).series.get('a');
    expect([series?.at, series?.diskReadBps, series?.netRxBps]).toEqual([
      [10, 20],
      [7, 7],
      [undefined, undefined],
    ]);
  });

  it('counts for its time; what was heard before and after it stays', () => {
    const heard = [1, 10, 15, 30].reduce((state, at) => reduceStats(state, [sample(at)]), noStats);
    const state = reduceHistory(heard, 'a', told(10, 20));
    expect(times(state)).toEqual([1, 10, 20, 30]);
    expect(state.series.get('a')?.cpuPercent).toEqual([1, 50, 50, 30]);
  });

  it('changes nothing where there is none, and never grows over its length', () => {
    expect(reduceHistory(noStats, 'a', [])).toBe(noStats);
    const long = told(...Array.from({ length: SERIES_LENGTH + 50 }, (_, index) => index + 1));
    expect(times(reduceHistory(noStats, 'a', long))).toHaveLength(SERIES_LENGTH);
  });
});

describe('notices', () => {
  const notice = { key: 'k', tone: 'error' as const, title: 't', message: 'm', at: 1000 };
  const none = { notices: [], nextId: 1 };

  it('tell the same failure once, though it comes by reply and by record', () => {
    const once = reduceNotice(none, notice);
    expect(reduceNotice(once, { ...notice, at: 1200 })).toBe(once);
  });

  it('tell it in the words of the window that asked, whichever comes first', () => {
    const own = { ...notice, title: 'own', isOwn: true };
    const ownSecond = reduceNotice(reduceNotice(none, notice), { ...own, at: 1200 });
    expect(ownSecond.notices).toMatchObject([{ id: 1, title: 'own' }]);
    const ownFirst = reduceNotice(none, own);
    expect(reduceNotice(ownFirst, notice)).toBe(ownFirst);
    expect(reduceNotice(ownFirst, own)).toBe(ownFirst);
  });

  it('tell a failure that happens again later', () => {
    expect(reduceNotice(reduceNotice(none, notice), { ...notice, at: 60_000 }).notices).toHaveLength(2);
  });

  it('keep the last few only', () => {
    let state = reduceNotice(none, notice);
    for (let number = 0; number < 10; number += 1) state = reduceNotice(state, { ...notice, key: `k${number}` });
    expect(state.notices.map((known) => known.key)).toEqual(['k6', 'k7', 'k8', 'k9']);
  });
});

describe('settings', () => {
  it('are the defaults where nothing or nonsense is stored', () => {
    expect(parseSettings(null)).toEqual(initialSettings);
    expect(parseSettings('{not json')).toEqual(initialSettings);
    expect(parseSettings('[1,2]')).toEqual(initialSettings);
  });

  it('take what is valid and leave the rest', () => {
    const text = JSON.stringify({
      sidebarWidth: 9999,
      sort: 'colour',
      unasked: ['reset', 'x'],
      scaling: { a: 'actual', b: 'huge' },
    });
    expect(parseSettings(text)).toEqual({
      sidebarWidth: SIDEBAR_MAX,
      sort: 'name',
      unasked: ['reset'],
      scaling: { a: 'actual' },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { reduceNotice } from '../../../../src/renderer/store/notices.ts';
import { initialSettings, parseSettings, SIDEBAR_MAX } from '../../../../src/renderer/store/settings.ts';
import {
  cpuRank,
  reduceForget,
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

describe('notices', () => {
  const notice = { key: 'k', tone: 'error' as const, title: 't', message: 'm', at: 1000 };
  const none = { notices: [], nextId: 1 };

  it('tell the same failure once, though it comes by reply and by record', () => {
    const once = reduceNotice(none, notice);
    expect(reduceNotice(once, { ...notice, at: 1200 })).toBe(once);
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

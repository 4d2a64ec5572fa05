// The sampler over a /proc that we make up: when it measures, what a virtual CPU's share is while CPUs come and go, who is asked for disks and network.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StatsSample } from '../../../../../src/common/model/domain.ts';
import type { Counters } from '../../../../../src/engine/driver/stats/stats-rates.ts';
import {
  IDLE_SAMPLE_MS,
  SAMPLE_MS,
  type SampledDomain,
  StatsSampler,
  WATCH_MS,
} from '../../../../../src/engine/driver/stats/stats-sampler.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const SECOND_NS = 1e9;

/** One domain whose threads' times and counters the test sets. */
function setUp() {
  const threads = new Map<number, number>([[11, 0]]);
  let reads = 0;
  const state = {
    threads,
    domains: ['a'],
    counters: async (): Promise<Partial<Counters>> => ({}),
    get reads() {
      return reads;
    },
  };
  const sampler = new StatsSampler({
    running: () =>
      state.domains.map(
        (uuid): SampledDomain => ({
          uuid,
          pid: 1,
          vcpuThreads: [...threads.keys()],
          counters: () => {
            reads += 1;
            return state.counters();
          },
        }),
      ),
    threadNs: (_pid, thread) => threads.get(thread) ?? 0,
    residentKiB: () => 2048,
  });
  onTestFinished(() => sampler.dispose());
  const rounds: StatsSample[][] = [];
  const listen = () => sampler.onSamples(({ samples }) => rounds.push(samples));
  /** Each thread runs for its share of a second, then a sample is taken. */
  const second = async (...shares: number[]) => {
    [...threads.keys()].forEach((thread, index) => {
      threads.set(thread, (threads.get(thread) ?? 0) + (shares[index] ?? 0) * SECOND_NS);
    });
    await vi.advanceTimersByTimeAsync(SAMPLE_MS);
    return rounds.at(-1)?.[0];
  };
  return { state, sampler, rounds, listen, second };
}

describe('the sampler', () => {
  it('measures each second while somebody listens, and now and then while nobody does', async () => {
    const { sampler, rounds, listen } = setUp();
    await vi.advanceTimersByTimeAsync(3 * IDLE_SAMPLE_MS);
    expect(sampler.watch('a')).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(WATCH_MS + 2 * IDLE_SAMPLE_MS);
    // A second apart while it was watched, then slow again.
    expect(sampler.watch('a')).toHaveLength(3 + WATCH_MS / SAMPLE_MS + 2);
    const listening = listen();
    const before = sampler.watch('b').length;
    await vi.advanceTimersByTimeAsync(5 * SAMPLE_MS);
    expect(rounds).toHaveLength(5);
    expect(before).toBe(0);
    listening.dispose();
    await vi.advanceTimersByTimeAsync(20 * IDLE_SAMPLE_MS);
    expect(rounds).toHaveLength(5);
  });

  it('tells the share of all virtual CPUs', async () => {
    const { state, listen, second } = setUp();
    state.threads.set(12, 0);
    listen();
    expect(await second(1, 1)).toMatchObject({ uuid: 'a', cpuPercent: 0, residentKiB: 2048 });
    expect(await second(1, 0.5)).toMatchObject({ cpuPercent: 75 });
    expect(await second(0, 0)).toMatchObject({ cpuPercent: 0 });
    expect(await second(1, 1)).toMatchObject({ cpuPercent: 100 });
  });

  it('is right while virtual CPUs are plugged and unplugged', async () => {
    const { state, listen, second } = setUp();
    listen();
    await second(1);
    expect(await second(0.5)).toMatchObject({ cpuPercent: 50 });
    // A CPU that had run for an hour before it was known would make the sum jump.
    state.threads.set(12, 3600 * SECOND_NS);
    expect(await second(0.5, 0)).toMatchObject({ cpuPercent: 75 });
    expect(await second(0.5, 0)).toMatchObject({ cpuPercent: 25 });
    state.threads.delete(11);
    expect(await second(0.4)).toMatchObject({ cpuPercent: 40 });
  });

  it('keeps five minutes of each running domain, and nothing of one that ended', async () => {
    const { state, sampler, listen } = setUp();
    listen();
    await vi.advanceTimersByTimeAsync(400 * SAMPLE_MS);
    const history = sampler.watch('a');
    expect(history).toHaveLength(300);
    expect(history.at(-1)?.at).toBe(Date.now());
    state.domains = [];
    await vi.advanceTimersByTimeAsync(SAMPLE_MS);
    expect(sampler.watch('a')).toEqual([]);
  });

  it('asks for disks and network of watched domains only, until nobody has asked for their history for a while', async () => {
    const { state, sampler, listen, second } = setUp();
    let bytes = 0;
    state.counters = async () => {
      bytes += 1000;
      return { readBytes: bytes, writeBytes: 2 * bytes, rxBytes: 0 };
    };
    listen();
    await second(0);
    expect(state.reads).toBe(0);
    sampler.watch('a');
    await second(0);
    await second(0);
    expect(await second(0)).toMatchObject({ diskReadBps: 1000, diskWriteBps: 2000, netRxBps: 0 });
    expect(await second(0)).not.toHaveProperty('netTxBps');
    const asked = state.reads;
    await vi.advanceTimersByTimeAsync(WATCH_MS);
    expect(state.reads).toBeLessThanOrEqual(asked + WATCH_MS / SAMPLE_MS);
    const last = state.reads;
    expect(await second(0)).not.toHaveProperty('diskReadBps');
    expect(state.reads).toBe(last);
  });

  it('goes on where one QEMU does not tell, and asks it once only until it does', async () => {
    const { state, sampler, listen, second } = setUp();
    state.counters = () => new Promise(() => undefined);
    listen();
    sampler.watch('a');
    for (let round = 0; round < 5; round += 1) expect(await second(0.5)).not.toHaveProperty('diskReadBps');
    expect(state.reads).toBe(1);
  });

  it('makes no rate of a counter that began anew, and shows none that is old', async () => {
    const { state, sampler, listen, second } = setUp();
    let readBytes = 5000;
    state.counters = async () => ({ readBytes });
    listen();
    sampler.watch('a');
    await second(0);
    readBytes = 100;
    await second(0);
    expect(await second(0)).toMatchObject({ diskReadBps: 0 });
    state.counters = () => new Promise(() => undefined);
    for (let round = 0; round < 4; round += 1) {
      sampler.watch('a');
      await second(0);
    }
    expect(await second(0)).not.toHaveProperty('diskReadBps');
  });
});

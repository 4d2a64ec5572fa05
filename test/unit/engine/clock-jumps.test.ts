// The clock on the wall is set back an hour, or forward a day, in the middle of things: waits, spans and rates are as long as they were.
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { StatsSample } from '../../../src/common/model/domain.ts';
import { ConsoleTickets } from '../../../src/engine/driver/consoles/console-tickets.ts';
import { CommandQueue } from '../../../src/engine/driver/jobs/command-queue.ts';
import { asJob, jobInfo } from '../../../src/engine/driver/jobs/jobs.ts';
import { DomainObj } from '../../../src/engine/driver/registry/domain-obj.ts';
import { EventLog } from '../../../src/engine/driver/registry/event-log.ts';
import { StatsSampler } from '../../../src/engine/driver/stats/stats-sampler.ts';
import { withDeadline } from '../../../src/engine/util/deadline.ts';
import { createFakeContext } from '../../helpers/fake-context.ts';
import { FakeHost } from '../../helpers/fake-host.ts';

const HOUR = 3_600_000;
const UUID = '11111111-1111-1111-1111-111111111111';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Sets the clock on the wall and no other. */
const jump = (ms: number): void => void vi.setSystemTime(Date.now() + ms);
const CLOCKS: readonly (readonly [string, number])[] = [
  ['back an hour', -HOUR],
  ['forward a day', 24 * HOUR],
];

describe.each(CLOCKS)('a clock that jumps %s', (_, by) => {
  it('makes no deadline come sooner or later', async () => {
    const waited = withDeadline(new Promise(() => undefined), { timeoutMs: 5_000, what: 'an answer' }).catch(
      (error: { code: string }) => error.code,
    );
    let result: unknown;
    void waited.then((code) => {
      result = code;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    jump(by);
    await vi.advanceTimersByTimeAsync(3_900);
    expect(result).toBeUndefined();
    await vi.advanceTimersByTimeAsync(200);
    expect(result).toBe('OPERATION_TIMEOUT');
  });

  it('makes no command lose its patience sooner or later', async () => {
    const queue = new CommandQueue({ patienceMs: 30_000 });
    const held = Promise.withResolvers<void>();
    const holder = queue.submit({ procedure: 'a', label: 'Hold', lane: 'web', run: () => held.promise });
    let code: string | undefined;
    queue.submit({ procedure: 'b', label: 'Wait', lane: 'web', run: async () => undefined }).catch((error) => {
      code = error.code;
    });
    await vi.advanceTimersByTimeAsync(10_000);
    jump(by);
    await vi.advanceTimersByTimeAsync(19_000);
    expect(code).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(code).toBe('OPERATION_TIMEOUT');
    held.resolve();
    await holder;
  });

  it('leaves a job as long as it took', async () => {
    const base = createFakeContext(new FakeHost({ step: async () => undefined }));
    const context = { ...base, now: Date.now };
    const obj = new DomainObj({ uuid: UUID, def: { name: 'web' } as never, isPersistent: true });
    const command = { signal: new AbortController().signal, progress: () => undefined };
    const done = asJob(context, obj, 'save', command, async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    });
    await vi.advanceTimersByTimeAsync(1_000);
    jump(by);
    expect(jobInfo(obj, false)?.elapsedMs).toBe(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    await done;
    expect(jobInfo(obj, true)?.elapsedMs).toBe(2_000);
  });

  it('leaves a console’s ticket good for its minute, and no longer', async () => {
    const tickets = new ConsoleTickets();
    const [early, late] = [
      tickets.issue({ uuid: UUID, console: 'vnc', index: 0 }),
      tickets.issue({ uuid: UUID, console: 'vnc', index: 0 }),
    ];
    jump(by);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(tickets.redeem(early).uuid).toBe(UUID);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(() => tickets.redeem(late)).toThrow('too old');
  });

  it('changes no rate and no share, and a graph’s past goes one way', async () => {
    const used = { ns: 0, bytes: 0 };
    const sampler = new StatsSampler({
      running: () => [
        {
          uuid: UUID,
          pid: 1,
          vcpuThreads: [2],
          counters: async () => ({ readBytes: used.bytes, writeBytes: 0, rxBytes: 0, txBytes: 0 }),
        },
      ],
      threadNs: () => used.ns,
      residentKiB: () => 1,
    });
    onTestFinished(() => sampler.dispose());
    const samples: StatsSample[] = [];
    sampler.onSamples((round) => samples.push(...round.samples));
    const second = async (): Promise<void> => {
      used.ns += 5e8;
      used.bytes += 1_000;
      await vi.advanceTimersByTimeAsync(1_000);
    };
    sampler.watch(UUID);
    for (let at = 0; at < 4; at += 1) await second();
    jump(by);
    for (let at = 0; at < 4; at += 1) await second();
    expect(samples.slice(1).map(({ cpuPercent }) => cpuPercent)).toEqual([50, 50, 50, 50, 50, 50, 50]);
    expect(samples.slice(2).every(({ diskReadBps }) => diskReadBps === 1_000)).toBe(true);
    const times = sampler.watch(UUID).map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.length).toBeGreaterThanOrEqual(4);
  });

  it('leaves events in their order: it is their numbers that count', () => {
    const log = new EventLog();
    const heard: number[] = [];
    log.onEvent(({ sequence }) => heard.push(sequence));
    log.record({ kind: 'updated', uuid: UUID, name: 'web' });
    jump(by);
    log.record({ kind: 'updated', uuid: UUID, name: 'web' });
    expect(heard).toEqual([1, 2]);
    const missed: number[] = [];
    log.subscribeAfter(1, ({ sequence }) => missed.push(sequence)).dispose();
    expect(missed).toEqual([2]);
  });
});

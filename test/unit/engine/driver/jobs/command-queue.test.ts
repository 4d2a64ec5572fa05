import { describe, expect, it, vi } from 'vitest';
import { CALLER_GONE } from '../../../../../src/common/contract/server.ts';
import type { CommandRecord } from '../../../../../src/common/model/command.ts';
import { type CommandContext, CommandQueue } from '../../../../../src/engine/driver/jobs/command-queue.ts';
import { withDeadline } from '../../../../../src/engine/util/deadline.ts';

/** A command that runs until it is told to end. */
function gate(label: string) {
  const begun = Promise.withResolvers<CommandContext>();
  const end = Promise.withResolvers<string>();
  const request = {
    procedure: 'test',
    label,
    run: (context: CommandContext) => {
      begun.resolve(context);
      return end.promise;
    },
  };
  return { begun: begun.promise, end, request };
}

const states = (queue: CommandQueue): readonly string[] => queue.list().map(({ label, state }) => `${label} ${state}`);

describe('the command queue', () => {
  it('runs commands of one lane one at a time, in order', async () => {
    const queue = new CommandQueue();
    const [first, second] = [gate('first'), gate('second')];
    const results = [queue.submit({ ...first.request, lane: 'web' }), queue.submit({ ...second.request, lane: 'web' })];
    await first.begun;
    expect(states(queue)).toEqual(['first running', 'second queued']);
    first.end.resolve('1');
    await second.begun;
    expect(states(queue)).toEqual(['first done', 'second running']);
    second.end.resolve('2');
    expect(await Promise.all(results)).toEqual(['1', '2']);
  });

  it('runs lanes side by side', async () => {
    const queue = new CommandQueue();
    const [web, db] = [gate('web'), gate('db')];
    const results = [queue.submit({ ...web.request, lane: 'web' }), queue.submit({ ...db.request, lane: 'db' })];
    await Promise.all([web.begun, db.begun]);
    expect(states(queue)).toEqual(['web running', 'db running']);
    db.end.resolve('db');
    web.end.resolve('web');
    await Promise.all(results);
  });

  it('goes on with the lane when a command fails, and keeps its error', async () => {
    const queue = new CommandQueue();
    const [first, second] = [gate('first'), gate('second')];
    const failing = queue.submit({ ...first.request, lane: 'web' });
    const next = queue.submit({ ...second.request, lane: 'web' });
    first.end.reject(new Error('no'));
    await expect(failing).rejects.toThrow('no');
    second.end.resolve('ok');
    expect(await next).toBe('ok');
    expect(queue.list()[0]).toMatchObject({ state: 'failed', error: { code: 'INTERNAL_ERROR' } });
  });

  it('says at once that it is full', async () => {
    const queue = new CommandQueue({ limit: 1 });
    const only = gate('only');
    const running = queue.submit(only.request);
    expect(() => queue.submit(gate('late').request)).toThrow(expect.objectContaining({ code: 'RESOURCE_BUSY' }));
    only.end.resolve('');
    await running;
    expect(() => queue.assertRoom()).not.toThrow();
  });

  it('cancels a waiting command without running it, and takes its admission back', async () => {
    const queue = new CommandQueue();
    const [first, second] = [gate('first'), gate('second')];
    let dropped = 0;
    const running = queue.submit({ ...first.request, lane: 'web' });
    const waiting = queue.submit({
      ...second.request,
      lane: 'web',
      onDropped: () => {
        dropped += 1;
      },
    });
    expect(queue.cancel(queue.list()[1]?.id ?? 0)).toBe(true);
    await expect(waiting).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    expect(dropped).toBe(1);
    first.end.resolve('');
    await running;
    expect(states(queue)).toEqual(['first done', 'second cancelled']);
  });

  it('cancels a running command only where it says that it can be', async () => {
    const queue = new CommandQueue();
    const [stubborn, polite] = [gate('stubborn'), gate('polite')];
    const results = [queue.submit(stubborn.request), queue.submit({ ...polite.request, canCancel: true })];
    const context = await polite.begun;
    const [a, b] = queue.list() as [CommandRecord, CommandRecord];
    expect([queue.cancel(a.id), queue.cancel(b.id)]).toEqual([false, true]);
    expect(context.signal.aborted).toBe(true);
    stubborn.end.resolve('');
    polite.end.reject(new Error('stopped'));
    await Promise.allSettled(results);
    expect(states(queue)).toEqual(['stubborn done', 'polite cancelled']);
  });

  it('goes on with what runs when its caller goes away, and withdraws what waits; a caller’s wish stops both', async () => {
    for (const [reason, running] of [
      [CALLER_GONE, 'done'],
      [undefined, 'cancelled'],
    ] as const) {
      const queue = new CommandQueue();
      const caller = new AbortController();
      const [first, second] = [gate('first'), gate('second')];
      const options = { lane: 'web', canCancel: true, signal: caller.signal };
      const results = [queue.submit({ ...first.request, ...options }), queue.submit({ ...second.request, ...options })];
      const context = await first.begun;
      caller.abort(reason);
      if (context.signal.aborted) first.end.reject(new Error('stopped'));
      else first.end.resolve('');
      await Promise.allSettled(results);
      expect(states(queue)).toEqual([`first ${running}`, 'second cancelled']);
    }
  });

  it('tells what waits in a command that a destroy goes before why it is in vain', async () => {
    const queue = new CommandQueue();
    const never = new Promise<never>(() => undefined);
    const [lane, destroy] = ['web', gate('destroy')];
    const attached = queue.submit({
      procedure: 'test',
      label: 'attach',
      lane,
      run: ({ signal }) => withDeadline(never, { signal, timeoutMs: 1_000_000, what: 'QEMU’s answer' }),
    });
    const destroying = queue.submit({ ...destroy.request, lane, kind: 'destroy', domain: { name: 'web' } });
    await expect(attached).rejects.toMatchObject({
      code: 'OPERATION_ABORTED',
      message: "domain 'web' was forced off meanwhile",
    });
    destroy.end.resolve('');
    await destroying;
  });

  it('lets a destroy abort the running one, drop waiting starts and begin at once', async () => {
    const queue = new CommandQueue();
    const [start, later, restart, destroy] = [gate('start'), gate('later'), gate('restart'), gate('destroy')];
    const lane = 'web';
    const starting = queue.submit({ ...start.request, lane, kind: 'start', canCancel: true });
    const waiting = queue.submit({ ...later.request, lane });
    const second = queue.submit({ ...restart.request, lane, kind: 'start', yieldsToPreemption: true });
    const context = await start.begun;
    const destroying = queue.submit({ ...destroy.request, lane, kind: 'destroy' });
    expect(context.signal.aborted).toBe(true);
    await expect(second).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    // It waits for nobody, also not for one that does not obey.
    await destroy.begun;
    expect(states(queue)).toEqual(['start running', 'later queued', 'restart cancelled', 'destroy running']);
    start.end.reject(new Error('aborted'));
    await expect(starting).rejects.toThrow();
    expect(states(queue)[1]).toBe('later queued');
    destroy.end.resolve('');
    later.end.resolve('');
    await Promise.all([destroying, waiting]);
  });

  it('lets what the mask allows run beside a long job, and the rest wait for it', async () => {
    const queue = new CommandQueue();
    const [dump, modify, pause, query] = [gate('dump'), gate('modify'), gate('pause'), gate('query')];
    const lane = 'web';
    const all = [
      queue.submit({ ...dump.request, lane, kind: 'dump' }),
      queue.submit({ ...modify.request, lane, kind: 'modify' }),
      queue.submit({ ...pause.request, lane, kind: 'suspend' }),
      queue.submit({ ...query.request, lane, kind: 'query' }),
    ];
    await pause.begun;
    expect(states(queue)).toEqual(['dump running', 'modify queued', 'pause running', 'query queued']);
    pause.end.resolve('');
    await query.begun;
    query.end.resolve('');
    dump.end.resolve('');
    await modify.begun;
    modify.end.resolve('');
    await Promise.all(all);
  });

  it('ends the wait for a job that holds its domain for too long, and names it', async () => {
    vi.useFakeTimers({ now: 1 });
    try {
      const queue = new CommandQueue();
      const [hung, next] = [gate('Resume web'), gate('Pause web')];
      const holding = queue.submit({ ...hung.request, lane: 'web' });
      const waiting = queue.submit({ ...next.request, lane: 'web' });
      waiting.catch(() => undefined);
      await vi.advanceTimersByTimeAsync(29_999);
      expect(states(queue)[1]).toBe('Pause web queued');
      await vi.advanceTimersByTimeAsync(2);
      await expect(waiting).rejects.toMatchObject({
        code: 'OPERATION_TIMEOUT',
        message: "Pause web: cannot acquire state change lock: 'Resume web' has held it for 30 s",
      });
      hung.end.resolve('');
      await holding;
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not count the time of those that went before the one that holds the domain', async () => {
    vi.useFakeTimers({ now: 1 });
    try {
      const queue = new CommandQueue();
      const [first, second, third] = [gate('first'), gate('second'), gate('third')];
      const all = [first, second, third].map(({ request }) => queue.submit({ ...request, lane: 'web' }));
      await vi.advanceTimersByTimeAsync(20_000);
      first.end.resolve('');
      await second.begun;
      await vi.advanceTimersByTimeAsync(20_000);
      expect(states(queue)[2]).toBe('third queued');
      second.end.resolve('');
      third.end.resolve('');
      await Promise.all(all);
    } finally {
      vi.useRealTimers();
    }
  });

  it('stays in order, bounded and fair under 10,000 commands of 50 clients', async () => {
    const queue = new CommandQueue({ history: 10_000 });
    const ran: number[] = [];
    const all = Array.from({ length: 10_000 }, (_, index) =>
      queue.submit({
        procedure: 'test',
        label: String(index),
        lane: `domain:${index % 20}`,
        run: async () => void ran.push(index),
      }),
    );
    expect(() => queue.assertRoom()).toThrow(expect.objectContaining({ code: 'RESOURCE_BUSY' }));
    await Promise.all(all);
    for (let lane = 0; lane < 20; lane += 1) {
      const own = ran.filter((index) => index % 20 === lane);
      expect(own).toEqual([...own].sort((a, b) => a - b));
      expect(own).toHaveLength(500);
    }
    // No lane waits for another: each has its turn in each round.
    for (let round = 0; round < 500; round += 1)
      expect(new Set(ran.slice(round * 20, round * 20 + 20).map((index) => index % 20)).size).toBe(20);
  });

  it('tells of progress and of each state, in order', async () => {
    const queue = new CommandQueue();
    const heard: string[] = [];
    queue.onChange(({ state, progress }) =>
      heard.push(`${state}${progress ? ` ${progress.text} ${progress.fraction}` : ''}`),
    );
    await queue.submit({ procedure: 'test', label: 'copy', run: async ({ progress }) => progress('half', 0.5) });
    expect(heard).toEqual(['queued', 'running', 'running half 0.5', 'done half 0.5']);
  });

  it('forgets old commands beyond its history, and is idle at the end', async () => {
    const queue = new CommandQueue({ history: 2 });
    for (const label of ['a', 'b', 'c']) await queue.submit({ procedure: 'test', label, run: async () => label });
    await queue.whenIdle();
    expect(states(queue)).toEqual(['b done', 'c done']);
    expect(queue.pending).toBe(0);
  });
});

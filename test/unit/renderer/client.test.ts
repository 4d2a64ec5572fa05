// Calls while one engine hands over to another: a look-up waits for the next one and is asked again, a change is given once or not at all.
import { describe, expect, it } from 'vitest';
import { toDisposable } from '../../../src/common/base/dispose.ts';
import { createMemoryTransportPair } from '../../../src/common/contract/memory-transport.ts';
import { type ContractHandler, serveContract } from '../../../src/common/contract/server.ts';
import type { Transport } from '../../../src/common/contract/transport.ts';
import { virError } from '../../../src/common/errors.ts';
import { createConnection } from '../../../src/renderer/client.ts';

const settle = async (): Promise<void> => {
  for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
};

type Answer = 'answers' | 'is silent' | 'has no engine';

/** A window whose shell, and the engine behind it, come and go. */
async function openWindow() {
  const asked: string[] = [];
  const timers = new Map<() => void, number>();
  let answer: Answer = 'answers';
  let server: Transport | undefined;
  let isThere = true;
  const handler = {
    call: async (procedure: string) => {
      asked.push(procedure);
      if (answer === 'is silent') return new Promise(() => undefined);
      if (answer === 'has no engine') throw virError('NO_CONNECT', 'the engine has ended');
      return procedure === 'command.cancel' ? { cancelled: true } : { uuid: 'u', name: 'web', xml: '<domain/>' };
    },
    subscribe: () => toDisposable(() => undefined),
  } as unknown as ContractHandler;
  const connection = createConnection({
    openTransport: async () => {
      if (!isThere) throw virError('NO_CONNECT', 'nobody listens');
      const [near, far] = createMemoryTransportPair();
      serveContract(far, handler);
      server = far;
      return near;
    },
    consoleAddress: async () => ({ url: '', protocols: [] }),
    setTimer: (run, delayMs) => {
      timers.set(run, delayMs);
      return toDisposable(() => timers.delete(run));
    },
  });
  await settle();
  return {
    connection,
    asked,
    timers,
    behave: (next: Answer) => {
      answer = next;
    },
    leave: async () => {
      isThere = false;
      server?.close();
      await settle();
    },
    comeBack: async () => {
      isThere = true;
      connection.retry();
      await settle();
    },
    replaceEngine: async () => {
      answer = 'answers';
      server?.close();
      await settle();
      connection.retry();
      await settle();
    },
    timeIsUp: async () => {
      for (const [run, delayMs] of [...timers]) if (delayMs === 10_000) run();
      await settle();
    },
  };
}

const LOOKUP = ['domain.dumpxml', { domain: 'web' }] as const;
const CHANGES = [
  ['domain.start', { domain: 'web' }],
  ['command.cancel', { id: 5 }],
  ['domain.jobAbort', { domain: 'web' }],
  ['engine.stop', {}],
] as const;

describe('a look-up', () => {
  it('that lost its answer is asked again of the next engine', async () => {
    const { connection, asked, behave, replaceEngine } = await openWindow();
    behave('is silent');
    const answer = connection.call(...LOOKUP);
    await settle();
    await replaceEngine();
    expect(await answer).toMatchObject({ xml: '<domain/>' });
    expect(asked).toEqual(['domain.dumpxml', 'domain.dumpxml']);
    connection.dispose();
  });

  it('that finds the shell without its engine waits for the next one', async () => {
    const { connection, behave, replaceEngine } = await openWindow();
    behave('has no engine');
    const answer = connection.call(...LOOKUP);
    await settle();
    await replaceEngine();
    expect(await answer).toMatchObject({ xml: '<domain/>' });
    connection.dispose();
  });

  it('that comes while nobody is there waits, leaves no timer behind, and is asked once', async () => {
    const { connection, asked, timers, leave, comeBack } = await openWindow();
    await leave();
    const answer = connection.call(...LOOKUP);
    await settle();
    expect([asked, [...timers.values()].includes(10_000)]).toEqual([[], true]);
    await comeBack();
    expect(await answer).toMatchObject({ xml: '<domain/>' });
    expect([asked.length, timers.size]).toEqual([1, 0]);
    connection.dispose();
  });

  it('waits no longer than its deadline, its caller’s wish, or the window', async () => {
    const { connection, leave, timeIsUp } = await openWindow();
    await leave();
    const late = connection.call(...LOOKUP).catch((error: unknown) => error);
    await settle();
    await timeIsUp();
    expect(await late).toMatchObject({ code: 'NO_CONNECT' });
    const abort = new AbortController();
    const unwanted = connection.call(...LOOKUP, { signal: abort.signal }).catch((error: unknown) => error);
    const last = connection.call(...LOOKUP).catch((error: unknown) => error);
    await settle();
    abort.abort();
    expect(await unwanted).toMatchObject({ code: 'NO_CONNECT' });
    connection.dispose();
    expect(await last).toMatchObject({ code: 'NO_CONNECT' });
  });
});

describe.each(CHANGES)('%s', (procedure, input) => {
  it('that lost its answer is not given again', async () => {
    const { connection, asked, behave, replaceEngine } = await openWindow();
    behave('is silent');
    const answer = connection.call(procedure, input as never).catch((error: unknown) => error);
    await settle();
    await replaceEngine();
    expect(await answer).toMatchObject({ code: 'NO_CONNECT' });
    expect(asked).toEqual([procedure]);
    connection.dispose();
  });

  it('that comes while nobody is there is refused at once', async () => {
    const { connection, asked, leave, comeBack } = await openWindow();
    await leave();
    await expect(connection.call(procedure, input as never)).rejects.toMatchObject({ code: 'NO_CONNECT' });
    await comeBack();
    expect(asked).toEqual([]);
    connection.dispose();
  });
});

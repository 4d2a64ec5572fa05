import { describe, expect, it, vi } from 'vitest';
import { createContractClient } from '../../../../src/common/contract/client.ts';
import { createMemoryTransportPair } from '../../../../src/common/contract/memory-transport.ts';
import type { ClientMessage } from '../../../../src/common/contract/messages.ts';

/** A client, and an engine's end that does what `onMessage` says. */
function connect(onMessage: (message: ClientMessage, answer: (message: unknown) => void) => void) {
  const [near, far] = createMemoryTransportPair();
  far.onMessage((message) => onMessage(message as ClientMessage, (answer) => far.send(answer)));
  return createContractClient(near, undefined, { quietMs: 1_000 });
}

describe('a contract client', () => {
  it('gives up on an engine that does not even answer a ping', async () => {
    vi.useFakeTimers();
    try {
      const client = connect(() => undefined);
      const call = client.call('domain.list', {});
      call.catch(() => undefined);
      await vi.advanceTimersByTimeAsync(2_100);
      await expect(call).rejects.toMatchObject({
        code: 'NO_CONNECT',
        message: expect.stringContaining('does not answer'),
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('waits for a long command for as long as the engine answers pings', async () => {
    vi.useFakeTimers();
    try {
      let finish: () => void = () => undefined;
      let pings = 0;
      const client = connect((message, answer) => {
        if (message.type !== 'call') return;
        if (message.procedure === 'engine.ping') {
          pings += 1;
          answer({ type: 'answer', id: message.id, output: {} });
        } else {
          finish = () => answer({ type: 'answer', id: message.id, output: { sequence: 1, domains: [], broken: [] } });
        }
      });
      const call = client.call('domain.list', {});
      await vi.advanceTimersByTimeAsync(10_500);
      expect(pings).toBeGreaterThan(5);
      finish();
      expect(await call).toMatchObject({ sequence: 1 });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

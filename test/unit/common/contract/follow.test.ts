// An engine that ends while it is asked for what was missed is no gap: the one after it is asked the same.
import { expect, it } from 'vitest';
import { type ContractClient, createContractClient } from '../../../../src/common/contract/client.ts';
import { followDomainEvents } from '../../../../src/common/contract/follow.ts';
import { createMemoryTransportPair } from '../../../../src/common/contract/memory-transport.ts';
import type { ClientMessage } from '../../../../src/common/contract/messages.ts';

it('goes on behind an engine that ends during the subscription', async () => {
  const ends: (() => void)[] = [];
  const afters: (number | undefined)[] = [];
  const connect = async (): Promise<ContractClient> => {
    const [ours, theirs] = createMemoryTransportPair();
    const number = ends.push(() => theirs.close());
    theirs.onMessage((raw) => {
      const message = raw as ClientMessage;
      if (message.type === 'call')
        theirs.send({ type: 'answer', id: message.id, output: { domains: [], sequence: 7 } });
      if (message.type !== 'subscribe') return;
      afters.push(message.after);
      if (number === 2) theirs.close();
      else theirs.send({ type: 'subscribed', id: message.id });
    });
    return createContractClient(ours);
  };
  const told: string[] = [];
  const following = await followDomainEvents({
    connect,
    onEvent: () => undefined,
    onGap: () => told.push('gap'),
    onEnd: () => told.push('end'),
  });
  ends[0]?.();
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  following.dispose();
  expect([told, afters]).toEqual([[], [undefined, 7, 7]]);
});

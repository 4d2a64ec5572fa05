// Two transports joined in memory: for an engine in the same process, and the first row of the contract suite. Messages are copied and arrive in
// a later microtask, so that nothing can lean on shared objects or on being called at once.
import { Emitter } from '../base/emitter.ts';
import type { Transport } from './transport.ts';

export function createMemoryTransportPair(): readonly [Transport, Transport] {
  const inboxes = [new Emitter<unknown>(), new Emitter<unknown>()] as const;
  const closes = [new Emitter<string>(), new Emitter<string>()] as const;
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    for (const end of closes) end.fire('closed');
  };
  const side = (own: 0 | 1, other: 0 | 1): Transport => ({
    send: (message) => {
      if (isClosed) return;
      const copy: unknown = JSON.parse(JSON.stringify(message));
      queueMicrotask(() => inboxes[other].fire(copy));
    },
    onMessage: inboxes[own].event,
    onClose: closes[own].event,
    close,
  });
  return [side(0, 1), side(1, 0)];
}

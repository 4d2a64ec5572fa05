// Hearing every domain event, also over the end of an engine: when the connection ends, the next engine is asked for what came after the last one that was heard.
import { type Disposable, toDisposable } from '../base/dispose.ts';
import { toVirError } from '../errors.ts';
import type { DomainEvent } from '../model/event.ts';
import type { ContractClient } from './client.ts';

export interface FollowOptions {
  /** Connects to the engine that runs now; rejects where none can be had. */
  connect(): Promise<ContractClient>;
  onEvent(event: DomainEvent): void;
  /** Events were missed: the engine died, or was away for too long. */
  onGap?(): void;
  /** No engine can be reached any more. */
  onEnd(error: unknown): void;
}

/** Resolves once it listens. */
export async function followDomainEvents(options: FollowOptions): Promise<Disposable> {
  let last: number | undefined;
  let isOver = false;
  let current: ContractClient | undefined;
  let subscription: Disposable | undefined;
  let connections = 0;
  const hear = (event: DomainEvent): void => {
    if (isOver || (last !== undefined && event.sequence <= last)) return;
    last = event.sequence;
    options.onEvent(event);
  };

  const listen = async (): Promise<void> => {
    const client = await options.connect();
    current = client;
    connections += 1;
    client.onClose(() => {
      if (!isOver) listen().catch((error: unknown) => !isOver && options.onEnd(error));
    });
    if (last !== undefined) {
      try {
        const resumed = client.subscribe('domain', hear, { after: last });
        subscription = resumed;
        await resumed.ready;
        return;
      } catch (error) {
        // This one has ended too, which its onClose has seen: the next one is asked, and nothing is missed.
        if (toVirError(error).code === 'NO_CONNECT') return;
        last = undefined; // its numbers are not ours: from here on
        options.onGap?.();
      }
    }
    const fresh = client.subscribe('domain', hear);
    subscription = fresh;
    await fresh.ready;
    // From now on; up to this number nothing was missed.
    const { sequence } = await client.call('domain.list', {});
    last ??= sequence;
  };
  await listen();
  return toDisposable(() => {
    isOver = true;
    subscription?.dispose();
    // The first connection was the caller's before, and may serve others.
    if (connections > 1) current?.dispose();
  });
}

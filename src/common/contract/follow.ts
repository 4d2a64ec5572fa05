// Hearing every domain event, also over the end of an engine: when the connection ends, the next engine is asked for what came after the last one that was heard.
import { type Disposable, toDisposable } from '../base/dispose.ts';
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
  const hear = (event: DomainEvent): void => {
    if (isOver || (last !== undefined && event.sequence <= last)) return;
    last = event.sequence;
    options.onEvent(event);
  };

  const listen = async (): Promise<void> => {
    const client = await options.connect();
    current = client;
    client.onClose(() => {
      if (!isOver) listen().catch((error: unknown) => !isOver && options.onEnd(error));
    });
    if (last !== undefined) {
      try {
        await client.subscribe('domain', hear, { after: last }).ready;
        return;
      } catch {
        last = undefined; // its numbers are not ours: from here on
        options.onGap?.();
      }
    }
    const { sequence } = await subscribeFresh(client, hear);
    last ??= sequence;
  };
  await listen();
  return toDisposable(() => {
    isOver = true;
    current?.dispose();
  });
}

/** From now on; the number up to which nothing was missed. */
async function subscribeFresh(
  client: ContractClient,
  hear: (event: DomainEvent) => void,
): Promise<{ sequence: number }> {
  await client.subscribe('domain', hear).ready;
  return client.call('domain.list', {});
}

// Watches one machine while its page shows graphs: asking for its history keeps the engine measuring its disks and network, and fills the graphs with what was
// before the window looked.
import { type Disposable, DisposableStore, toDisposable } from '../../common/base/dispose.ts';
import type { Connection } from '../client.ts';
import { reduceHistory } from './stats.ts';
import type { Stores } from './stores.ts';

/** The engine measures for ten seconds after each question. */
export const WATCH_MS = 8000;

export interface WatchOptions {
  readonly connection: Connection;
  readonly stores: Stores;
  readonly uuid: string;
  readonly isVisible: () => boolean;
  readonly every?: (run: () => void, intervalMs: number) => Disposable;
}

export const realEvery = (run: () => void, intervalMs: number): Disposable => {
  const id = setInterval(run, intervalMs);
  return toDisposable(() => clearInterval(id));
};

/** Asks at once, at each new connection, and every few seconds where the window is seen. */
export function watchMachine({ connection, stores, uuid, isVisible, every = realEvery }: WatchOptions): Disposable {
  return connection.onConnected((client) => {
    const store = new DisposableStore();
    const ask = (): void => {
      if (!isVisible()) return;
      client.call('domain.statsHistory', { domain: uuid }).then(
        ({ samples }) => {
          if (!store.isDisposed) stores.stats.setState((state) => reduceHistory(state, uuid, samples), true);
        },
        () => undefined, // a machine that ended meanwhile has no figures
      );
    };
    store.add(every(ask, WATCH_MS));
    ask();
    return store;
  });
}

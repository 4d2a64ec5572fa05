// Asks how far a job on a disk is, every second while a view shows it and the window is seen: nothing else tells it. Two views of one job ask once.
import { type Disposable, DisposableStore } from '../../common/base/dispose.ts';
import type { Connection } from '../client.ts';
import { blockJobKey, heardAt, reduceBlockJob } from './block-jobs.ts';
import type { Stores } from './stores.ts';
import { realEvery } from './watch.ts';

export const BLOCK_JOB_MS = 1000;

export interface WatchBlockJobOptions {
  readonly connection: Connection;
  readonly stores: Stores;
  readonly uuid: string;
  readonly target: string;
  readonly isVisible: () => boolean;
  readonly now?: () => number;
  readonly every?: (run: () => void, intervalMs: number) => Disposable;
}

export function watchBlockJob(options: WatchBlockJobOptions): Disposable {
  const { connection, stores, uuid, target, isVisible, now = Date.now, every = realEvery } = options;
  const key = blockJobKey(uuid, target);
  const wasJustAsked = (): boolean => now() - (heardAt(stores.blockJobs.getState(), key) ?? 0) < BLOCK_JOB_MS / 2;
  return connection.onConnected((client) => {
    const store = new DisposableStore();
    const ask = (): void => {
      if (!isVisible() || wasJustAsked()) return;
      client.call('domain.blockJobInfo', { domain: uuid, disk: target }).then(
        ({ job }) => {
          if (!store.isDisposed) stores.blockJobs.setState((state) => reduceBlockJob(state, key, job, now()), true);
        },
        () => undefined, // a machine that ended meanwhile has no jobs
      );
    };
    store.add(every(ask, BLOCK_JOB_MS));
    ask();
    return store;
  });
}

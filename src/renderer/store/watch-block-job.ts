// Asks how far a job on a disk is, every second while a view shows it and the window is seen: nothing else tells it. Views of one job share one watch, and that has one
// question under way at most. What it heard is forgotten with it: the next job on the disk begins with nothing.
import { type Disposable, DisposableStore, toDisposable } from '../../common/base/dispose.ts';
import type { ContractClient } from '../../common/contract/client.ts';
import type { Connection } from '../client.ts';
import { blockJobKey, reduceBlockJob } from './block-jobs.ts';
import type { Stores } from './stores.ts';
import { realEvery } from './watch.ts';

export const BLOCK_JOB_MS = 1000;

/** Watches the job until the answer is disposed. */
export type WatchBlockJob = (uuid: string, target: string) => Disposable;

export interface BlockJobWatchOptions {
  readonly connection: Connection;
  readonly stores: Stores;
  readonly isVisible: () => boolean;
  /** ms of a clock that never goes back. */
  readonly now?: () => number;
  readonly every?: (run: () => void, intervalMs: number) => Disposable;
}

interface Watch {
  views: number;
  readonly end: Disposable;
}

export function createBlockJobWatch(options: BlockJobWatchOptions): WatchBlockJob {
  const { connection, stores, isVisible, now = () => performance.now(), every = realEvery } = options;
  const watches = new Map<string, Watch>();
  const follow = (client: ContractClient, uuid: string, target: string): Disposable => {
    const store = new DisposableStore();
    let isAsking = false;
    const ask = async (): Promise<void> => {
      if (isAsking || !isVisible()) return;
      isAsking = true;
      try {
        const { job } = await client.call('domain.blockJobInfo', { domain: uuid, disk: target });
        if (!store.isDisposed)
          stores.blockJobs.setState((state) => reduceBlockJob(state, blockJobKey(uuid, target), job, now()), true);
      } catch {
        // a machine that ended meanwhile has no jobs, and a QEMU that hangs is asked again
      } finally {
        isAsking = false;
      }
    };
    store.add(every(() => void ask(), BLOCK_JOB_MS));
    void ask();
    return store;
  };
  const begin = (uuid: string, target: string): Disposable => {
    const key = blockJobKey(uuid, target);
    const asking = connection.onConnected((client) => follow(client, uuid, target));
    return toDisposable(() => {
      asking.dispose();
      watches.delete(key);
      stores.blockJobs.setState((state) => reduceBlockJob(state, key, undefined, now()), true);
    });
  };
  return (uuid, target) => {
    const key = blockJobKey(uuid, target);
    const watch = watches.get(key) ?? { views: 0, end: begin(uuid, target) };
    watches.set(key, watch);
    watch.views += 1;
    return toDisposable(() => {
      watch.views -= 1;
      if (watch.views === 0) watch.end.dispose();
    });
  };
}

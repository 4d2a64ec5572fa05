// Feeds the slices from the engine: at each connection it subscribes first and asks for the snapshot then, so nothing falls between. The rules of
// what an event does are in the slices; here is only the order of asking.
import { type Disposable, DisposableStore, toDisposable } from '../../common/base/dispose.ts';
import type { ContractClient } from '../../common/contract/client.ts';
import type { CommandRecord } from '../../common/model/command.ts';
import type { DomainEvent } from '../../common/model/event.ts';
import type { Connection } from '../client.ts';
import { blockJobNews } from '../format/block-job.ts';
import { blockJobKey, reduceBlockJob } from './block-jobs.ts';
import { reduceCommand, reduceCommandList } from './commands.ts';
import { reduceDomainEvents, reduceReconnect, reduceSnapshot } from './machines.ts';
import { reduceNotice } from './notices.ts';
import { reduceForget, reduceStats } from './stats.ts';
import type { Stores } from './stores.ts';

export interface Visibility {
  isVisible(): boolean;
  onChange(listener: () => void): Disposable;
}

export interface SyncOptions {
  readonly connection: Connection;
  readonly stores: Stores;
  readonly visibility: Visibility;
  /** Events within one turn are taken in together: 10,000 machines cost one copy, not one each. */
  readonly schedule?: (run: () => void) => void;
}

const HOST_REFRESH_MS = 60_000;

/** What was heard of a job tells nothing of the next one on its disk, nor of one that only keeps in step. */
function forgetBlockJob(stores: Stores, { blockJob, uuid }: DomainEvent): void {
  if (!blockJob) return;
  const key = blockJobKey(uuid, blockJob.target);
  stores.blockJobs.setState((state) => reduceBlockJob(state, key, undefined, 0), true);
}

/** A job on a disk ends, or waits for a person, long after the command that began it. */
function tellBlockJob(stores: Stores, { blockJob, name, uuid, sequence, at }: DomainEvent): void {
  const news = blockJob && blockJobNews(blockJob, name);
  if (!news) return;
  // mostly a disk of this computer that is full or fails
  const code = news.tone === 'error' ? { code: 'SYSTEM_ERROR' } : {};
  const notice = { key: `block-job:${sequence}`, machine: uuid, at, ...news, ...code };
  stores.notices.setState((state) => reduceNotice(state, notice), true);
}

function followMachines(client: ContractClient, stores: Stores, schedule: (run: () => void) => void): Disposable {
  const store = new DisposableStore();
  let queued: DomainEvent[] = [];
  let isAsking = false;
  const snapshot = async (): Promise<void> => {
    isAsking = true;
    try {
      const list = await client.call('domain.list', {});
      isAsking = false;
      if (!store.isDisposed) stores.machines.setState((state) => reduceSnapshot(state, list), true);
    } catch {
      // the connection ended: the next one asks anew
      isAsking = false;
      return;
    }
    ensureLive();
  };
  const ensureLive = (): void => {
    if (store.isDisposed || isAsking || stores.machines.getState().status === 'live') return;
    void snapshot();
  };
  const flush = (): void => {
    const events = queued;
    queued = [];
    if (store.isDisposed) return;
    stores.machines.setState((state) => reduceDomainEvents(state, events), true);
    stores.stats.setState((state) => reduceForget(state, (uuid) => stores.machines.getState().domains.has(uuid)), true);
    ensureLive();
  };
  stores.machines.setState(reduceReconnect, true);
  store.add(
    client.subscribe('domain', (event) => {
      forgetBlockJob(stores, event);
      tellBlockJob(stores, event);
      if (queued.push(event) === 1) schedule(flush);
    }),
  );
  // messages arrive in order: the engine has taken the subscription before it is asked for the list
  ensureLive();
  return store;
}

const failureKey = (code: string, message: string): string => `${code}:${message}`;

/** Their own dialogs tell why they failed; when another window or the command line asked, the list of activity does. */
const TOLD_ELSEWHERE: readonly string[] = ['domain.define', 'domain.undefine', 'machine.create'];

/** Tells of a failed command that ended now; those from before this window are only listed. */
function tellFailure(stores: Stores, record: CommandRecord): void {
  const { error } = record;
  if (record.state !== 'failed' || !error || TOLD_ELSEWHERE.includes(record.procedure)) return;
  stores.notices.setState(
    (state) =>
      reduceNotice(state, {
        key: failureKey(error.code, error.message),
        tone: 'error',
        title: `${record.label} failed`,
        message: error.message,
        code: error.code,
        at: Date.now(),
        ...(error.detail === undefined ? {} : { detail: error.detail }),
        ...(record.domain?.uuid === undefined ? {} : { machine: record.domain.uuid }),
      }),
    true,
  );
}

function followCommands(client: ContractClient, stores: Stores, isNewEngine: () => Promise<boolean>): Disposable {
  const subscription = client.subscribe('command', (record) => {
    stores.commands.setState((state) => reduceCommand(state, record), true);
    tellFailure(stores, record);
  });
  const list = async (): Promise<void> => {
    const isNew = await isNewEngine();
    const { commands } = await client.call('command.list', {});
    stores.commands.setState((state) => reduceCommandList(state, commands, isNew), true);
  };
  // without the connection there is nothing to list
  subscription.ready.then(list).catch(() => undefined);
  return subscription;
}

function followStats(client: ContractClient, { stores, visibility }: SyncOptions): Disposable {
  const store = new DisposableStore();
  let subscription: Disposable | undefined;
  const update = (): void => {
    if (visibility.isVisible() === (subscription !== undefined)) return;
    subscription?.dispose();
    subscription = visibility.isVisible()
      ? client.subscribe('stats', ({ samples }) => stores.stats.setState((state) => reduceStats(state, samples), true))
      : undefined;
  };
  store.add(toDisposable(() => subscription?.dispose()));
  store.add(visibility.onChange(update));
  update();
  return store;
}

/** Asks for host and engine figures now and every minute. Answers whether this is another engine than before. */
function followHost(client: ContractClient, stores: Stores): Disposable & { readonly isNewEngine: Promise<boolean> } {
  const before = stores.host.getState().engine;
  const refreshHost = (): void => {
    client.call('host.info', {}).then(
      (host) => stores.host.setState({ host }),
      () => undefined,
    );
  };
  const isNewEngine = client.call('engine.info', {}).then((engine) => {
    stores.host.setState({ engine });
    return before === undefined || before.pid !== engine.pid || before.startedAt !== engine.startedAt;
  });
  refreshHost();
  const timer = setInterval(refreshHost, HOST_REFRESH_MS);
  return { isNewEngine, ...toDisposable(() => clearInterval(timer)) };
}

/** Follows the engine until disposed. */
export function startSync(options: SyncOptions): Disposable {
  const schedule = options.schedule ?? queueMicrotask;
  return options.connection.onConnected((client) => {
    const store = new DisposableStore();
    const host = store.add(followHost(client, options.stores));
    host.isNewEngine.catch(() => undefined);
    store.add(followMachines(client, options.stores, schedule));
    store.add(followCommands(client, options.stores, () => host.isNewEngine));
    store.add(followStats(client, options));
    return store;
  });
}

// The renderer's one connection to the engine. It comes back by itself: the window stays as it is while the engine is away, and whoever listens
// by `onConnected` subscribes anew and takes a new snapshot. A look-up waits for the next engine, as while one hands over to another; a change is never
// given twice, and is refused. Nothing here knows React.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Disposable, DisposableStore, toDisposable } from '../common/base/dispose.ts';
import { type CallOptions, type ContractClient, createContractClient } from '../common/contract/client.ts';
import { contractParsers } from '../common/contract/parsers.ts';
import { type Input, isLookup, type Output, type ProcedureName } from '../common/contract/procedures.ts';
import type { Transport } from '../common/contract/transport.ts';
import { toVirError, virError } from '../common/errors.ts';
import type { ConsoleAddress } from './transport/console-address.ts';

export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'lost'; readonly reason: string; readonly attempts: number };

export interface Connection extends Disposable {
  readonly state: StoreApi<ConnectionState>;
  call<N extends ProcedureName>(procedure: N, input: Input<N>, options?: CallOptions): Promise<Output<N>>;
  consoleAddress(): Promise<ConsoleAddress>;
  /** Runs at once where connected, and at each later connection; what it returns is disposed when that connection ends. */
  onConnected(listener: (client: ContractClient) => Disposable): Disposable;
  /** Tries at once instead of waiting for the next attempt. */
  retry(): void;
}

export interface ConnectionOptions {
  readonly openTransport: () => Promise<Transport>;
  readonly consoleAddress: (connection: Pick<Connection, 'call'>) => Promise<ConsoleAddress>;
  readonly setTimer?: (run: () => void, delayMs: number) => Disposable;
}

const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5000;
/** How long a look-up waits for an engine. One takes over from another in milliseconds; one that died has a successor within some seconds, or none. */
const PATIENCE_MS = 10_000;

/** Time before attempt number `attempts` + 1: doubles from 0.25 s up to 5 s. */
export const reconnectDelayMs = (attempts: number): number => Math.min(FIRST_DELAY_MS * 2 ** attempts, MAX_DELAY_MS);

const realTimer = (run: () => void, delayMs: number): Disposable => {
  const id = setTimeout(run, delayMs);
  return toDisposable(() => clearTimeout(id));
};

/** Resolves when the first attempt has ended, one way or the other. */
const settled = (state: StoreApi<ConnectionState>): Promise<void> =>
  new Promise((resolve) => {
    const stop = state.subscribe((now) => {
      if (now.kind === 'connecting') return;
      stop();
      resolve();
    });
  });

export function createConnection(options: ConnectionOptions): Connection {
  const setTimer = options.setTimer ?? realTimer;
  const state = createStore<ConnectionState>(() => ({ kind: 'connecting' }));
  const listeners = new Map<(client: ContractClient) => Disposable, Disposable | undefined>();
  let client: ContractClient | undefined;
  let timer: Disposable | undefined;
  let attempts = 0;
  let isDisposed = false;
  /** Look-ups that wait for an engine. */
  const waiting = new Set<(isThere: boolean) => void>();

  const lose = (reason: string): void => {
    client = undefined;
    for (const [listener, running] of listeners) {
      running?.dispose();
      listeners.set(listener, undefined);
    }
    if (isDisposed) return;
    state.setState({ kind: 'lost', reason, attempts }, true);
    timer = setTimer(connect, reconnectDelayMs(attempts));
    attempts += 1;
  };
  const adopt = (transport: Transport): void => {
    if (isDisposed) return transport.close();
    const fresh = createContractClient(transport, contractParsers);
    client = fresh;
    attempts = 0;
    fresh.onClose(lose);
    state.setState({ kind: 'connected' }, true);
    for (const listener of [...listeners.keys()]) listeners.set(listener, listener(fresh));
    for (const go of [...waiting]) go(true);
  };
  const connect = (): void => {
    timer?.dispose();
    timer = undefined;
    options
      .openTransport()
      .then(adopt, (error: unknown) => lose(error instanceof Error ? error.message : String(error)));
  };
  connect();

  const ask: Connection['call'] = async (procedure, input, callOptions) => {
    if (client) return client.call(procedure, input, callOptions);
    throw virError('NO_CONNECT', 'Vivarium is not connected to its engine; it tries again by itself');
  };
  /** Whether another engine is there than `asked`; false where none came in time, or it is not wanted any more. */
  const nextEngine = (asked: ContractClient | undefined, signal: AbortSignal | undefined): Promise<boolean> => {
    if (isDisposed || signal?.aborted) return Promise.resolve(false);
    if (client && client !== asked) return Promise.resolve(true);
    return new Promise((resolve) => {
      const go = (isThere: boolean): void => {
        waiting.delete(go);
        deadline.dispose();
        signal?.removeEventListener('abort', stop);
        resolve(isThere);
      };
      const stop = (): void => go(false);
      const deadline = setTimer(stop, PATIENCE_MS);
      signal?.addEventListener('abort', stop, { once: true });
      waiting.add(go);
    });
  };

  const call: Connection['call'] = async (procedure, input, callOptions) => {
    // a view that is drawn with the window asks before the connection is there
    if (!client && state.getState().kind === 'connecting') await settled(state);
    for (;;) {
      const asked = client;
      try {
        return await ask(procedure, input, callOptions);
      } catch (error) {
        // Also where the shell is there and its engine is not: the shell ends the connection once it has another one.
        const isAway = toVirError(error).code === 'NO_CONNECT' && isLookup(procedure);
        if (!isAway || !(await nextEngine(asked, callOptions?.signal))) throw error;
      }
    }
  };

  const store = new DisposableStore();
  store.add(
    toDisposable(() => {
      isDisposed = true;
      timer?.dispose();
      for (const go of [...waiting]) go(false);
      for (const running of listeners.values()) running?.dispose();
      client?.dispose();
    }),
  );
  return {
    state,
    call,
    consoleAddress: () => options.consoleAddress({ call }),
    onConnected: (listener) => {
      listeners.set(listener, client ? listener(client) : undefined);
      return toDisposable(() => {
        listeners.get(listener)?.dispose();
        listeners.delete(listener);
      });
    },
    retry: () => {
      if (client || !timer) return;
      connect();
    },
    dispose: () => store.dispose(),
  };
}

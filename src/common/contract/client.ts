// The caller's end of the contract over any transport: typed calls that can be cancelled, and subscriptions. Used by the renderer and the CLI. It loads no
// schema: who wants answers checked hands in the parsers (parsers.ts); the command line trusts the engine of its own user, and starts quicker.
import { type Disposable, toDisposable } from '../base/dispose.ts';
import { fromEnvelope, type VirError, virError } from '../errors.ts';
import type { ServerMessage } from './messages.ts';
import type { EventData, EventName, Input, Output, ProcedureName } from './procedures.ts';
import { readServerMessage } from './read-message.ts';
import type { Transport } from './transport.ts';

export interface CallOptions {
  /** Aborting cancels the call in the engine too, and rejects with OPERATION_ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface ContractClient extends Disposable {
  call<N extends ProcedureName>(procedure: N, input: Input<N>, options?: CallOptions): Promise<Output<N>>;
  /** Hears `event` until disposed. `ready` resolves once the engine has taken the subscription: what happens after it is not missed. */
  subscribe<N extends EventName>(
    event: N,
    listener: (data: EventData<N>) => void,
    options?: { readonly after?: number },
  ): Disposable & { readonly ready: Promise<void> };
  /** Fires once when the transport ends. Calls under way reject with NO_CONNECT. */
  onClose(listener: (reason: string) => void): Disposable;
}

/** Each returns what it was given once that is checked, or throws. */
export interface ContractParsers {
  parseOutput(procedure: ProcedureName, output: unknown): unknown;
  parseEvent(event: EventName, data: unknown): unknown;
}

const TRUSTING: ContractParsers = { parseOutput: (_, output) => output, parseEvent: (_, data) => data };

interface Pending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: VirError) => void;
}

/** How long an engine may be silent while it is asked something before it is asked whether it lives, and then until it counts as hung. */
const QUIET_MS = 10_000;

/** Without `parsers`, answers and events are taken as they come. */
export function createContractClient(
  transport: Transport,
  parsers: ContractParsers = TRUSTING,
  { quietMs = QUIET_MS }: { readonly quietMs?: number } = {},
): ContractClient {
  let nextId = 1;
  let closed: string | undefined;
  const pending = new Map<number, Pending>();
  const subscriptions = new Map<number, { readonly deliver: (data: unknown) => void; readonly ready: Pending }>();

  // A command may take as long as it takes, but an engine that is alive answers a ping at once: one that is stopped, or hangs, is given up.
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let pinged: number | undefined;
  const watch = (): void => {
    clearTimeout(watchdog);
    watchdog = pending.size > 0 && closed === undefined ? setTimeout(onQuiet, quietMs) : undefined;
  };
  const onQuiet = (): void => {
    if (pinged !== undefined) return hang();
    pinged = nextId++;
    transport.send({ type: 'call', id: pinged, procedure: 'engine.ping', input: {} });
    watchdog = setTimeout(onQuiet, quietMs);
  };
  const hang = (): void => {
    const error = (): VirError =>
      virError(
        'NO_CONNECT',
        `the engine does not answer: its process may be stopped or hang; end it, and guests go on`,
      );
    for (const call of pending.values()) call.reject(error());
    pending.clear();
    transport.close();
  };

  const receive = (message: ServerMessage): void => {
    pinged = undefined;
    handle(message);
    watch();
  };
  const handle = (message: ServerMessage): void => {
    if (message.type === 'event') return subscriptions.get(message.id)?.deliver(message.data);
    if (message.type === 'subscribed') return subscriptions.get(message.id)?.ready.resolve(undefined);
    const waiting = pending.get(message.id) ?? subscriptions.get(message.id)?.ready;
    pending.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.output);
    else waiting?.reject(fromEnvelope(message.error));
  };
  const messages = transport.onMessage((raw) => {
    const message = readServerMessage(raw);
    if (message) receive(message);
  });
  const end = transport.onClose((reason) => {
    closed = reason;
    const error = (): VirError => virError('NO_CONNECT', `the connection to the engine ended: ${reason}`);
    for (const call of pending.values()) call.reject(error());
    for (const subscription of subscriptions.values()) subscription.ready.reject(error());
    pending.clear();
    clearTimeout(watchdog);
  });

  const call = async <N extends ProcedureName>(
    procedure: N,
    input: Input<N>,
    { signal }: CallOptions = {},
  ): Promise<Output<N>> => {
    if (closed !== undefined) throw virError('NO_CONNECT', `the connection to the engine ended: ${closed}`);
    if (signal?.aborted) throw virError('OPERATION_ABORTED', `${procedure} was cancelled before it began`);
    const id = nextId++;
    const answer = new Promise<unknown>((resolve, reject) => pending.set(id, { resolve, reject }));
    const abort = (): void => transport.send({ type: 'cancel', id });
    signal?.addEventListener('abort', abort, { once: true });
    transport.send({ type: 'call', id, procedure, input });
    if (watchdog === undefined) watch();
    try {
      const output = await answer;
      return parsers.parseOutput(procedure, output) as Output<N>;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  };

  const subscribe = <N extends EventName>(
    event: N,
    listener: (data: EventData<N>) => void,
    { after }: { readonly after?: number } = {},
  ) => {
    const id = nextId++;
    const ready = new Promise<void>((resolve, reject) => {
      subscriptions.set(id, {
        deliver: (data) => listener(parsers.parseEvent(event, data) as EventData<N>),
        ready: { resolve: () => resolve(), reject },
      });
    });
    // A subscriber that does not wait for `ready` learns of the end by onClose; its rejection must not count as unhandled.
    ready.catch(() => undefined);
    transport.send({ type: 'subscribe', id, event, ...(after === undefined ? {} : { after }) });
    return {
      ready,
      ...toDisposable(() => {
        subscriptions.delete(id);
        if (closed === undefined) transport.send({ type: 'unsubscribe', id });
      }),
    };
  };

  return {
    call,
    subscribe,
    onClose: (listener) => transport.onClose(listener),
    dispose: () => {
      clearTimeout(watchdog);
      transport.close();
      messages.dispose();
      end.dispose();
    },
  };
}

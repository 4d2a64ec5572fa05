// The engine's end of the contract over any transport: checks each message, runs the handler, turns every throw into a coded error, and undoes
// subscriptions and calls of a client that went away.
import { type Disposable, DisposableStore } from '../base/dispose.ts';
import { toEnvelope, virError } from '../errors.ts';
import { type ClientMessage, clientMessageSchema, type ServerMessage } from './messages.ts';
import {
  type EventData,
  type EventName,
  isEventName,
  isProcedureName,
  type Output,
  type ParsedInput,
  type ProcedureName,
  procedures,
} from './procedures.ts';
import type { Transport } from './transport.ts';

/** The reason with which a call's signal is aborted when its caller's connection ends, as opposed to a wish to cancel. */
export const CALLER_GONE = 'the caller went away';

export interface CallContext {
  /** Aborted when the caller cancels, or with the reason CALLER_GONE when its connection ends. */
  readonly signal: AbortSignal;
}

/** What the engine implements; every shell serves this same object. */
export interface ContractHandler {
  call<N extends ProcedureName>(procedure: N, input: ParsedInput<N>, context: CallContext): Promise<Output<N>>;
  /** `after`: hear also what came after that number. Throws OPERATION_INVALID where it is not known any more. */
  subscribe<N extends EventName>(event: N, listener: (data: EventData<N>) => void, after?: number): Disposable;
}

export interface ServeOptions {
  /** Hears of INTERNAL_ERRORs with their cause, for the log; clients never get a stack. */
  readonly onInternalError?: (error: unknown) => void;
  /** Most calls under way for one client; more are refused at once with RESOURCE_BUSY. */
  readonly maxCalls?: number;
}

const issueText = (issues: readonly { path: PropertyKey[]; message: string }[]): string =>
  issues
    .map((issue) => `${issue.path.length ? `${issue.path.map(String).join('.')}: ` : ''}${issue.message}`)
    .join('; ');

/** Serves `handler` to the client behind `transport` until that ends or the returned disposable is disposed. */
export function serveContract(transport: Transport, handler: ContractHandler, options: ServeOptions = {}): Disposable {
  const store = new DisposableStore();
  const calls = new Map<number, AbortController>();
  const subscriptions = new Map<number, Disposable>();
  const reply = (message: ServerMessage): void => transport.send(message);

  const fail = (id: number, thrown: unknown): void => {
    const error = toEnvelope(thrown);
    if (error.code === 'INTERNAL_ERROR') options.onInternalError?.(thrown);
    reply({ type: 'error', id, error });
  };

  const runCall = async (message: Extract<ClientMessage, { type: 'call' }>): Promise<void> => {
    const { id, procedure } = message;
    if (!isProcedureName(procedure)) throw virError('INVALID_ARG', `there is no procedure '${procedure}'`);
    if (calls.has(id)) throw virError('INVALID_ARG', `call ${id} is already under way`);
    if (calls.size >= (options.maxCalls ?? 256))
      throw virError('RESOURCE_BUSY', 'too many calls at once; wait for some of them to end');
    const input = procedures[procedure].input.safeParse(message.input);
    if (!input.success) throw virError('INVALID_ARG', `${procedure}: ${issueText(input.error.issues)}`);
    const controller = new AbortController();
    calls.set(id, controller);
    try {
      const output = await handler.call(procedure, input.data as ParsedInput<typeof procedure>, {
        signal: controller.signal,
      });
      reply({ type: 'answer', id, output });
    } finally {
      calls.delete(id);
    }
  };

  const subscribe = (id: number, event: string, after: number | undefined): void => {
    if (!isEventName(event)) throw virError('INVALID_ARG', `there is no event '${event}'`);
    if (subscriptions.has(id)) throw virError('INVALID_ARG', `subscription ${id} exists already`);
    subscriptions.set(
      id,
      handler.subscribe(event, (data) => reply({ type: 'event', id, data }), after),
    );
    reply({ type: 'subscribed', id });
  };

  const receive = (message: ClientMessage): void => {
    if (message.type === 'call') {
      runCall(message).catch((error: unknown) => fail(message.id, error));
      return;
    }
    if (message.type === 'cancel') return calls.get(message.id)?.abort();
    if (message.type === 'unsubscribe') {
      subscriptions.get(message.id)?.dispose();
      subscriptions.delete(message.id);
      return;
    }
    try {
      subscribe(message.id, message.event, message.after);
    } catch (error) {
      fail(message.id, error);
    }
  };

  const stop = (): void => {
    for (const controller of calls.values()) controller.abort(CALLER_GONE);
    for (const subscription of subscriptions.values()) subscription.dispose();
    calls.clear();
    subscriptions.clear();
  };
  store.add(
    transport.onMessage((raw) => {
      const parsed = clientMessageSchema.safeParse(raw);
      // A client that does not speak the protocol can't be answered by id: the connection is the unit that fails.
      if (!parsed.success) return transport.close();
      receive(parsed.data);
    }),
  );
  store.add(transport.onClose(stop));
  store.add({ dispose: stop });
  return store;
}

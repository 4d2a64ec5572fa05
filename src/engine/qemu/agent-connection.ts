// One connection to the socket of the agent's channel, which QEMU serves for one client at a time. It asks one thing at a time and reads only while
// something was asked, so that a guest that babbles waits on its own side. What the agent says is bounded in length and depth.
import { connect, type Socket } from 'node:net';
import { type VirError, virError } from '../../common/errors.ts';
import { parseBoundedJson } from '../util/bounded-json.ts';
import { AgentReader } from './agent-reader.ts';

/** libvirt stops there as well (QEMU_AGENT_MAX_RESPONSE); what a program in the guest writes comes as base64 in one line. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
const MAX_DEPTH = 64;
const SENTINEL = Buffer.of(0xff);

type Pending =
  | { readonly kind: 'sync'; readonly id: number; readonly done: PromiseWithResolvers<void> }
  | { readonly kind: 'reply'; readonly done: PromiseWithResolvers<unknown> };

export class AgentConnection {
  readonly #socket: Socket;
  readonly #reader = new AgentReader(MAX_LINE_BYTES);
  readonly #connected = Promise.withResolvers<void>();
  #pending: Pending | undefined;
  #closeReason: VirError | undefined;

  /** Begins to connect; `opened` tells how that ended. */
  constructor(path: string) {
    this.#connected.promise.catch(() => undefined); // who waits for `opened` hears it; nobody may
    this.#socket = connect(path);
    this.#socket.on('connect', () => this.#connected.resolve());
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#end(`its channel can't be used: ${error.message}`));
    this.#socket.on('close', () => this.#end('it went away'));
  }

  /** Resolves once the socket is connected; rejects with AGENT_UNRESPONSIVE. */
  get opened(): Promise<void> {
    return this.#connected.promise;
  }

  get isClosed(): boolean {
    return this.#closeReason !== undefined;
  }

  /** Resolves once the agent has answered this very request: all that comes after it is an answer to what is asked afterwards. */
  sync(id: number): Promise<void> {
    const done = this.#expect({ kind: 'sync', id, done: Promise.withResolvers<void>() });
    this.#reader.skipToSentinel();
    // The sentinel first: an agent that had read half a command of a client before us forgets it.
    this.#write(Buffer.concat([SENTINEL, line({ execute: 'guest-sync-delimited', arguments: { id } })]));
    return done;
  }

  /** Sends one command and resolves with the JSON of the next line. Rejects with AGENT_COMMAND_FAILED where that is none, or too much. */
  ask(command: object): Promise<unknown> {
    const done = this.#expect({ kind: 'reply', done: Promise.withResolvers<unknown>() });
    this.#write(line(command));
    return done;
  }

  close(reason: string): void {
    this.#end(reason);
  }

  #expect<T>(pending: Pending & { readonly done: PromiseWithResolvers<T> }): Promise<T> {
    this.#pending = pending;
    pending.done.promise.catch(() => undefined); // a caller that gave up does not listen any more
    if (this.#closeReason) pending.done.reject(this.#closeReason);
    else this.#socket.resume();
    return pending.done.promise;
  }

  #write(bytes: Buffer): void {
    if (!this.#closeReason) this.#socket.write(bytes);
  }

  #receive(chunk: Buffer): void {
    try {
      for (const text of this.#reader.feed(chunk)) this.#take(text);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#end(`its answer was given up: ${why}`, 'AGENT_COMMAND_FAILED');
    }
  }

  #take(text: string): void {
    const pending = this.#pending;
    if (!pending) return; // more than was asked for; the next sync lets it go by
    if (pending.kind === 'sync') {
      if (isAnswerTo(pending.id, text)) this.#settle(() => pending.done.resolve());
      else this.#reader.skipToSentinel(); // of a sync that its client gave up on
      return;
    }
    const reply = parseBoundedJson(text, MAX_DEPTH);
    this.#settle(() => pending.done.resolve(reply));
  }

  #settle(settle: () => void): void {
    this.#pending = undefined;
    this.#socket.pause();
    settle();
  }

  #end(reason: string, code: 'AGENT_UNRESPONSIVE' | 'AGENT_COMMAND_FAILED' = 'AGENT_UNRESPONSIVE'): void {
    if (this.#closeReason) return;
    this.#closeReason = virError(code, reason);
    this.#socket.destroy();
    this.#connected.reject(this.#closeReason);
    this.#pending?.done.reject(this.#closeReason);
    this.#pending = undefined;
  }
}

const line = (command: object): Buffer => Buffer.from(`${JSON.stringify(command)}\n`);

function isAnswerTo(id: number, text: string): boolean {
  try {
    const reply = parseBoundedJson(text, MAX_DEPTH);
    return typeof reply === 'object' && reply !== null && 'return' in reply && reply.return === id;
  } catch {
    return false; // no JSON: no answer to us
  }
}

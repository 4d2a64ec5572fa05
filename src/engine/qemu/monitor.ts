// One QMP connection (qemu: docs/interop/qmp-spec.rst): greeting, capabilities, commands answered in order by id, events. Lines are bounded and a
// peer that breaks the protocol is dropped. It knows nothing of domains; libvirt's counterpart is src/qemu/qemu_monitor.c.
import { connect, type Socket } from 'node:net';
import { z } from 'zod';
import { Emitter } from '../../common/base/emitter.ts';
import { type VirError, virError } from '../../common/errors.ts';
import { pause, withDeadline } from '../util/deadline.ts';
import { createLineSplitter } from '../util/line-splitter.ts';
import {
  type MonitorCommand,
  type MonitorEvent,
  type MonitorReply,
  monitorEventSchema,
  replySchemas,
} from './monitor-commands.ts';

/** QEMU's schema, its longest reply, has 0.2 MB; libvirt stops at 10 MB as well. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;
const COMMAND_TIMEOUT_MS = 30_000;

export interface ExecuteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

const messageSchema = z.union([
  z.looseObject({ QMP: z.looseObject({}) }),
  z.looseObject({ return: z.unknown(), id: z.number() }),
  z.looseObject({ error: z.looseObject({ class: z.string(), desc: z.string() }), id: z.number().optional() }),
  monitorEventSchema,
]);

interface Waiting {
  readonly command: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: VirError) => void;
}

export interface MonitorOptions {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
  /** For the greeting and the capabilities together. */
  readonly timeoutMs: number;
}

/** From the end of a dying QEMU's connections to the news of its end. */
const DEATH_MS = 500;

export class Monitor {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #events = new Emitter<MonitorEvent>();
  readonly #closed = new Emitter<string>();
  readonly #greeting = Promise.withResolvers<void>();
  #nextId = 1;
  #closeReason: string | undefined;

  readonly onEvent = this.#events.event;
  /** Fires once when the connection ends, whoever ended it. */
  readonly onClose = this.#closed.event;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#greeting.promise.catch(() => undefined); // `open` awaits it; a close after that must not count as unhandled
    const split = createLineSplitter(MAX_LINE_BYTES, (line) => this.#receive(line));
    socket.on('data', (chunk) => {
      try {
        split(chunk);
      } catch (error) {
        this.#end(`QEMU broke the monitor protocol: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('QEMU closed its monitor'));
  }

  /**
   * Connects and negotiates. Throws OPERATION_FAILED when QEMU goes away first, OPERATION_TIMEOUT, OPERATION_ABORTED. Where QEMU's end is what `signal` tells of, it has told when
   * this throws: a connection may end a moment before the news of the process's end.
   */
  static async open({ path, signal, timeoutMs }: MonitorOptions): Promise<Monitor> {
    const monitor = new Monitor(connect(path));
    try {
      await withDeadline(monitor.#greeting.promise, { signal, timeoutMs, what: 'the greeting of QEMU’s monitor' });
      await monitor.execute('qmp_capabilities', undefined, { signal, timeoutMs });
      return monitor;
    } catch (error) {
      if (signal && monitor.isClosed) await pause(DEATH_MS, signal);
      monitor.close();
      throw error;
    }
  }

  get isClosed(): boolean {
    return this.#closeReason !== undefined;
  }

  /** Sends one typed command. Throws OPERATION_FAILED with QEMU's own words, OPERATION_TIMEOUT, OPERATION_ABORTED. */
  async execute<C extends MonitorCommand>(
    command: C,
    args?: Readonly<Record<string, unknown>>,
    options: ExecuteOptions = {},
  ): Promise<MonitorReply<C>> {
    const reply = await this.executeRaw(command, args, options);
    const parsed = replySchemas[command].safeParse(reply);
    if (!parsed.success)
      throw virError('OPERATION_FAILED', `QEMU’s answer to ${command} is malformed`, { detail: parsed.error.message });
    return parsed.data as MonitorReply<C>;
  }

  /** Sends any command and returns its reply unread; for the capabilities probe, whose readers check for themselves. */
  async executeRaw(
    command: string,
    args?: Readonly<Record<string, unknown>>,
    { signal, timeoutMs = COMMAND_TIMEOUT_MS }: ExecuteOptions = {},
  ): Promise<unknown> {
    if (this.#closeReason !== undefined) throw this.#goneError(command);
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { command, resolve, reject }));
    this.#socket.write(
      `${JSON.stringify(args === undefined ? { execute: command, id } : { execute: command, arguments: args, id })}\n`,
    );
    try {
      return await withDeadline(answer, { signal, timeoutMs, what: `QEMU’s answer to ${command}` });
    } finally {
      this.#waiting.delete(id);
    }
  }

  close(): void {
    this.#end('closed by Vivarium');
  }

  #goneError(command: string): VirError {
    return virError('OPERATION_FAILED', `${command} can't be sent: ${this.#closeReason}`);
  }

  #receive(line: string): void {
    if (line.trim() === '') return;
    const message = messageSchema.parse(JSON.parse(line));
    if ('QMP' in message) return this.#greeting.resolve();
    if ('event' in message && typeof message.event === 'string') {
      const event = monitorEventSchema.parse(message);
      return this.#events.fire({ event: event.event, data: event.data ?? {} });
    }
    if ('return' in message) return this.#waiting.get(message.id as number)?.resolve(message.return);
    if ('error' in message) this.#receiveError(message as { error: { desc: string }; id?: number });
  }

  #receiveError(message: { readonly error: { readonly desc: string }; readonly id?: number }): void {
    const waiting = message.id === undefined ? undefined : this.#waiting.get(message.id);
    waiting?.reject(virError('OPERATION_FAILED', `QEMU refused ${waiting.command}: ${message.error.desc}`));
  }

  #end(reason: string): void {
    if (this.#closeReason !== undefined) return;
    this.#closeReason = reason;
    this.#socket.destroy();
    this.#greeting.reject(virError('OPERATION_FAILED', `QEMU’s monitor did not answer: ${reason}`));
    for (const waiting of this.#waiting.values()) waiting.reject(this.#goneError(waiting.command));
    this.#waiting.clear();
    this.#closed.fire(reason);
  }
}

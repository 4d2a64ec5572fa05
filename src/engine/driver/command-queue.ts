// The serialized command queue: every change is a command with an id and a state that clients see. Commands on one domain run one at a time in
// order; domains run side by side. It is bounded, and a full queue says so at once. A pre-empting command (destroy) goes before those that wait
// and aborts the one that runs: a person can always pull the plug. It knows nothing of what commands do.
import { Emitter } from '../../common/base/emitter.ts';
import { CALLER_GONE } from '../../common/contract/server.ts';
import { toEnvelope, virError } from '../../common/errors.ts';
import type { CommandRecord } from '../../common/model/command.ts';

export interface CommandContext {
  /** Aborted when the caller cancels or a destroy pre-empts it; not when a caller goes away while the command runs. */
  readonly signal: AbortSignal;
  progress(text: string, fraction?: number): void;
}

export interface CommandRequest<T> {
  readonly procedure: string;
  readonly label: string;
  readonly domain?: { readonly uuid?: string | undefined; readonly name: string } | undefined;
  /** Commands of the same lane run one at a time; undefined: a lane of its own. */
  readonly lane?: string | undefined;
  readonly preempts?: boolean;
  /** A pre-empting command cancels it while it waits: a start is no use after the plug was pulled. */
  readonly yieldsToPreemption?: boolean;
  /** Whether the record offers to cancel once it runs; a waiting command always can be. */
  readonly canCancel?: boolean;
  /** The caller's own wish to stop. */
  readonly signal?: AbortSignal | undefined;
  run(context: CommandContext): Promise<T>;
  /** Called instead of `run` where the command is cancelled while it waits: takes back what its admission did. */
  onDropped?(): void;
}

interface Job {
  readonly yieldsToPreemption: boolean;
  record: CommandRecord;
  readonly lane: Lane;
  readonly controller: AbortController;
  readonly start: () => Promise<void>;
  readonly drop: (reason: string) => void;
}

interface Lane {
  readonly name: string;
  running: Job | undefined;
  /** Pre-empting ones first. */
  readonly waiting: Job[];
}

export interface CommandQueueOptions {
  /** Most commands that wait or run. */
  readonly limit?: number;
  /** Most ended commands that are remembered. */
  readonly history?: number;
  readonly now?: () => number;
}

export class CommandQueue {
  readonly #lanes = new Map<string, Lane>();
  readonly #records = new Map<number, Job>();
  /** Ids of ended commands, oldest first. */
  readonly #ended: number[] = [];
  readonly #changes = new Emitter<CommandRecord>();
  readonly #limit: number;
  readonly #history: number;
  readonly #now: () => number;
  readonly #idle = new Set<() => void>();
  #isClosed = false;
  #nextId = 1;
  #pending = 0;

  readonly onChange = this.#changes.event;

  constructor({ limit = 10_000, history = 200, now = Date.now }: CommandQueueOptions = {}) {
    this.#limit = limit;
    this.#history = history;
    this.#now = now;
  }

  /** Commands that wait or run. */
  get pending(): number {
    return this.#pending;
  }

  list(): readonly CommandRecord[] {
    return [...this.#records.values()].map((job) => job.record);
  }

  /** Throws RESOURCE_BUSY when the queue is full. Called before anything is changed on a command's behalf. */
  assertRoom(): void {
    if (this.#isClosed) throw virError('NO_CONNECT', 'the engine is ending; try again');
    if (this.#pending >= this.#limit) {
      throw virError(
        'RESOURCE_BUSY',
        `the command queue is full (${this.#limit} commands wait or run); try again when some have ended`,
      );
    }
  }

  /** Queues a command; resolves or rejects with what its `run` does. Throws RESOURCE_BUSY at once when full. */
  submit<T>(request: CommandRequest<T>): Promise<T> {
    this.assertRoom();
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const controller = new AbortController();
    const lane = this.#lane(request.lane ?? `command-${id}`);
    const abort = (): void => {
      // A window that is closed or reloaded takes nothing back of what is being done; it only withdraws what still waits.
      if (request.signal?.reason === CALLER_GONE && job.record.state === 'running') return;
      this.#cancelJob(job);
    };
    const settle = (state: CommandRecord['state'], error?: unknown): void => {
      request.signal?.removeEventListener('abort', abort);
      this.#update(job, {
        state,
        endedAt: this.#now(),
        canCancel: false,
        ...(error === undefined ? {} : { error: toEnvelope(error) }),
      });
      this.#pending -= 1;
      this.#ended.push(id);
      if (this.#ended.length > this.#history) this.#records.delete(this.#ended.shift() ?? 0);
    };
    const job: Job = {
      lane,
      yieldsToPreemption: request.yieldsToPreemption ?? false,
      record: {
        id,
        procedure: request.procedure,
        label: request.label,
        state: 'queued',
        canCancel: true,
        queuedAt: this.#now(),
        ...(request.domain ? { domain: { ...request.domain } } : {}),
      },
      controller,
      start: async () => {
        this.#update(job, { state: 'running', startedAt: this.#now(), canCancel: request.canCancel ?? false });
        const progress = (text: string, fraction?: number): void =>
          this.#update(job, { progress: { text, ...(fraction === undefined ? {} : { fraction }) } });
        try {
          const result = await request.run({ signal: controller.signal, progress });
          settle('done');
          resolve(result);
        } catch (error) {
          settle(controller.signal.aborted ? 'cancelled' : 'failed', error);
          reject(error);
        }
      },
      drop: (reason) => {
        request.onDropped?.();
        const error = virError('OPERATION_ABORTED', `${request.label} was cancelled: ${reason}`);
        settle('cancelled', error);
        reject(error);
      },
    };
    this.#pending += 1;
    this.#records.set(id, job);
    this.#changes.fire(job.record);
    request.signal?.addEventListener('abort', abort, { once: true });
    this.#place(job, request.preempts ?? false);
    return promise;
  }

  /** Cancels a waiting command, or asks a running one to stop. False where it has ended or can't be cancelled. */
  cancel(id: number): boolean {
    const job = this.#records.get(id);
    return job?.record.canCancel ? this.#cancelJob(job) : false;
  }

  /** Takes nothing more, drops what waits, asks what runs to stop; resolves when nothing runs, or after `patienceMs` all the same. */
  async close(patienceMs: number): Promise<void> {
    this.#isClosed = true;
    for (const job of [...this.#records.values()]) this.#cancelJob(job);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    await Promise.race([this.whenIdle(), patience]);
    clearTimeout(timer);
  }

  /** Resolves when nothing waits or runs. */
  whenIdle(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.add(resolve));
  }

  #cancelJob(job: Job): boolean {
    if (job.record.state === 'queued') {
      job.lane.waiting.splice(job.lane.waiting.indexOf(job), 1);
      job.drop('while it waited');
      return true;
    }
    if (job.record.state !== 'running' || !job.record.canCancel) return false;
    job.controller.abort();
    return true;
  }

  #lane(name: string): Lane {
    const existing = this.#lanes.get(name);
    if (existing) return existing;
    const lane: Lane = { name, running: undefined, waiting: [] };
    this.#lanes.set(name, lane);
    return lane;
  }

  #place(job: Job, preempts: boolean): void {
    const { lane } = job;
    if (preempts) {
      // What waits to be started is not to be started any more; the rest keeps its turn.
      for (const waiting of lane.waiting.filter((candidate) => candidate.yieldsToPreemption)) this.#cancelJob(waiting);
      lane.waiting.unshift(job);
      lane.running?.controller.abort();
    } else {
      lane.waiting.push(job);
    }
    this.#advance(lane);
  }

  #advance(lane: Lane): void {
    if (lane.running) return;
    const next = lane.waiting.shift();
    if (!next) {
      this.#lanes.delete(lane.name);
      return;
    }
    lane.running = next;
    void next.start().finally(() => {
      lane.running = undefined;
      this.#advance(lane);
      if (this.#pending === 0) this.#fireIdle();
    });
  }

  #fireIdle(): void {
    const waiting = [...this.#idle];
    this.#idle.clear();
    for (const resolve of waiting) resolve();
  }

  #update(job: Job, change: Partial<CommandRecord>): void {
    job.record = { ...job.record, ...change };
    this.#changes.fire(job.record);
  }
}

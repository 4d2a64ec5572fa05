// The serialized command queue: every change is a command with an id and a state that clients see. Commands on one domain share a lane and exclude each
// other by libvirt's job masks; domains run side by side. It is bounded, and a full queue says so at once. A destroy aborts what runs and waits for
// nobody: a person can always pull the plug. It knows nothing of what commands do.
import { Emitter } from '../../../common/base/emitter.ts';
import { CALLER_GONE } from '../../../common/contract/server.ts';
import { toEnvelope, type VirError, virError } from '../../../common/errors.ts';
import type { CommandRecord } from '../../../common/model/command.ts';
import type { JobKind } from '../../conf/job-kinds.ts';
import { pause } from '../../util/deadline.ts';
import { Lane } from './lane.ts';

export interface CommandContext {
  /** Aborted when the caller cancels or a destroy pre-empts it; not when a caller goes away while the command runs. */
  readonly signal: AbortSignal;
  progress(text: string, fraction?: number): void;
}

export interface CommandRequest<T> {
  readonly procedure: string;
  readonly label: string;
  readonly domain?: { readonly uuid?: string | undefined; readonly name: string } | undefined;
  /** Commands of the same lane exclude each other by their kinds; undefined: a lane of its own. */
  readonly lane?: string | undefined;
  /** What it does to its domain; modify where it is not said. A destroy aborts those that run, and begins at once. */
  readonly kind?: JobKind | undefined;
  /** A destroy cancels it while it waits: a start is no use after the plug was pulled. */
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
  readonly kind: JobKind;
  readonly yieldsToPreemption: boolean;
  record: CommandRecord;
  lane: Lane<Job>;
  readonly controller: AbortController;
  /** performance.now(): the clock on the wall may jump. */
  begunAt?: number | undefined;
  readonly start: () => Promise<void>;
  readonly drop: (error: VirError) => void;
  /** Ends its wait where another job holds the domain for too long. */
  waitTimer?: NodeJS.Timeout | undefined;
}

export interface CommandQueueOptions {
  /** Most commands that wait or run. */
  readonly limit?: number;
  /** Most ended commands that are remembered. */
  readonly history?: number;
  /** How long a command waits for one that holds its domain. */
  readonly patienceMs?: number;
  readonly now?: () => number;
}

/** libvirt's QEMU_JOB_WAIT_TIME. */
const PATIENCE_MS = 30_000;

export class CommandQueue {
  readonly #lanes = new Map<string, Lane<Job>>();
  readonly #records = new Map<number, Job>();
  /** Ids of ended commands, oldest first. */
  readonly #ended: number[] = [];
  readonly #changes = new Emitter<CommandRecord>();
  readonly #limit: number;
  readonly #history: number;
  readonly #patienceMs: number;
  readonly #now: () => number;
  readonly #idle = new Set<() => void>();
  #isClosed = false;
  #nextId = 1;
  #pending = 0;

  readonly onChange = this.#changes.event;

  constructor({ limit = 10_000, history = 200, patienceMs = PATIENCE_MS, now = Date.now }: CommandQueueOptions = {}) {
    this.#limit = limit;
    this.#history = history;
    this.#patienceMs = patienceMs;
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
    // An abort that came before it is heard of by no listener.
    if (request.signal?.aborted) throw virError('OPERATION_ABORTED', `${request.label} was cancelled: before it began`);
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
      kind: request.kind ?? 'modify',
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
      drop: (error) => {
        request.onDropped?.();
        settle(error.code === 'OPERATION_ABORTED' ? 'cancelled' : 'failed', error);
        reject(error);
      },
    };
    this.#pending += 1;
    this.#records.set(id, job);
    this.#changes.fire(job.record);
    request.signal?.addEventListener('abort', abort, { once: true });
    this.#place(job);
    return promise;
  }

  /** Cancels a waiting command, or asks a running one to stop. False where it has ended or can't be cancelled. */
  cancel(id: number): boolean {
    const job = this.#records.get(id);
    return job?.record.canCancel ? this.#cancelJob(job) : false;
  }

  /** Asks the long job of a lane to stop. False where there is none, or it can't. */
  abortAsync(lane: string): boolean {
    const job = this.#lanes.get(lane)?.async;
    return job !== undefined && this.#cancelJob(job);
  }

  /** A domain has a new name: what waits for it waits on behind what its new name has already. */
  renameLane(from: string, to: string): void {
    const old = this.#lanes.get(from);
    if (!old) return;
    const lane = this.#lane(to);
    for (const job of [...old.waiting]) {
      old.remove(job);
      job.lane = lane;
      lane.add(job);
    }
    this.#advance(lane);
    this.#rest(lane);
  }

  /** Takes nothing more, drops what waits, asks what runs to stop; resolves when nothing runs, or after `patienceMs` all the same. */
  async close(patienceMs: number): Promise<void> {
    this.#isClosed = true;
    for (const job of [...this.#records.values()]) this.#cancelJob(job);
    const idle = new AbortController();
    void this.whenIdle().then(() => idle.abort());
    await pause(patienceMs, idle.signal);
  }

  /** Resolves when nothing waits or runs. */
  whenIdle(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.add(resolve));
  }

  #cancelJob(job: Job): boolean {
    if (job.record.state === 'queued') {
      this.#drop(job, virError('OPERATION_ABORTED', `${job.record.label} was cancelled: while it waited`));
      return true;
    }
    if (job.record.state !== 'running' || !job.record.canCancel) return false;
    job.controller.abort();
    return true;
  }

  #drop(job: Job, error: VirError): void {
    clearTimeout(job.waitTimer);
    job.lane.remove(job);
    job.drop(error);
    this.#rest(job.lane);
  }

  #lane(name: string): Lane<Job> {
    const existing = this.#lanes.get(name);
    if (existing) return existing;
    const lane = new Lane<Job>(name);
    this.#lanes.set(name, lane);
    return lane;
  }

  #place(job: Job): void {
    const { lane } = job;
    if (job.kind === 'destroy') {
      // What waits to be started is not to be started any more; the rest keeps its turn.
      for (const waiting of lane.waiting.filter((candidate) => candidate.yieldsToPreemption)) this.#cancelJob(waiting);
      const what = job.record.domain ? `domain '${job.record.domain.name}'` : job.record.label;
      const reason = virError('OPERATION_ABORTED', `${what} was forced off meanwhile`); // their waits reject with it
      for (const running of lane.running) if (running.kind !== 'destroy') running.controller.abort(reason);
    }
    lane.add(job);
    this.#advance(lane);
    if (job.record.state === 'queued') this.#limitWait(job, this.#patienceMs);
  }

  /** A command does not wait longer for another than libvirt's would; the time that others took before that one does not count. */
  #limitWait(job: Job, ms: number): void {
    job.waitTimer = setTimeout(() => {
      const holder = job.lane.holderAgainst(job);
      const heldMs = holder ? performance.now() - (holder.begunAt ?? 0) : 0;
      if (!holder || heldMs < this.#patienceMs) return this.#limitWait(job, this.#patienceMs - heldMs);
      this.#drop(
        job,
        virError(
          'OPERATION_TIMEOUT',
          `${job.record.label}: cannot acquire state change lock: '${holder.record.label}' has held it for ${Math.round(heldMs / 1000)} s`,
        ),
      );
    }, ms);
    job.waitTimer.unref();
  }

  #advance(lane: Lane<Job>): void {
    for (let next = lane.begin(); next; next = lane.begin()) {
      const job = next;
      clearTimeout(job.waitTimer);
      job.begunAt = performance.now();
      void job.start().finally(() => {
        lane.end(job);
        this.#advance(lane);
        this.#rest(lane);
      });
    }
  }

  #rest(lane: Lane<Job>): void {
    if (lane.isEmpty && this.#lanes.get(lane.name) === lane) this.#lanes.delete(lane.name);
    if (this.#pending === 0) this.#fireIdle();
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

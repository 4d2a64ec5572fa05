// CPU and memory of running guests, from /proc and never over QMP (some 20 µs a guest): once a second while somebody listens or watches, every ten
// seconds else, so that a graph that is opened has a past. Disks and network only of domains that somebody watches, which is whoever asked for their
// history in the last ten seconds.
import { toDisposable } from '../../../common/base/dispose.ts';
import { Emitter, type Event } from '../../../common/base/emitter.ts';
import type { StatsSample } from '../../../common/model/domain.ts';
import { residentKiB, threadTimes } from './proc-stats.ts';
import { StatsHistory } from './stats-history.ts';
import { type Counters, StatsRates } from './stats-rates.ts';

export interface SampledDomain {
  readonly uuid: string;
  readonly pid: number;
  readonly vcpuThreads: readonly number[];
  /** Asks what only QEMU and the host's network devices know. */
  readonly counters: () => Promise<Partial<Counters>>;
}

export const SAMPLE_MS = 1_000;
export const IDLE_SAMPLE_MS = 10_000;
export const WATCH_MS = 10_000;

export interface SamplerOptions {
  readonly running: () => readonly SampledDomain[];
  /** The clock on the wall, for what is shown. */
  readonly now?: () => number;
  /** ns that a thread was on a CPU. */
  readonly threadNs?: (pid: number, thread: number) => number;
  readonly residentKiB?: (pid: number) => number;
}

/** What spans and deadlines are measured by: the clock on the wall may jump. */
const elapsedMs = (): number => performance.now();

interface Last {
  readonly at: number;
  /** By thread: virtual CPUs come and go. */
  readonly threads: ReadonlyMap<number, number>;
}

export class StatsSampler {
  readonly #options: Required<SamplerOptions>;
  readonly #emitter = new Emitter<{ readonly samples: StatsSample[] }>();
  readonly #last = new Map<string, Last>();
  readonly #history = new StatsHistory();
  readonly #rates: StatsRates;
  /** Until when each domain is watched. */
  readonly #watched = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #intervalMs = 0;
  #isDisposed = false;

  constructor(options: SamplerOptions) {
    const defaults = {
      now: Date.now,
      threadNs: (pid: number, thread: number) => threadTimes(pid, thread).runNs,
      residentKiB,
    };
    this.#options = { ...defaults, ...options };
    this.#rates = new StatsRates(elapsedMs);
    this.#pace();
  }

  /** Samples once a second while at least one listener is there. */
  readonly onSamples: Event<{ readonly samples: StatsSample[] }> = (listener) => {
    const subscription = this.#emitter.event(listener);
    this.#pace();
    return toDisposable(() => {
      subscription.dispose();
      this.#pace();
    });
  };

  /** The domain's last minutes, oldest first; it is watched from now on for ten seconds. */
  watch(uuid: string): readonly StatsSample[] {
    this.#watched.set(uuid, elapsedMs() + WATCH_MS);
    this.#pace();
    return this.#history.of(uuid);
  }

  dispose(): void {
    this.#isDisposed = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #isWatched(uuid: string): boolean {
    return (this.#watched.get(uuid) ?? 0) > elapsedMs();
  }

  #pace(): void {
    if (this.#isDisposed) return;
    const isBusy = this.#emitter.hasListeners || this.#watched.size > 0;
    const intervalMs = isBusy ? SAMPLE_MS : IDLE_SAMPLE_MS;
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#sweep(), intervalMs);
    this.#timer.unref(); // what is alive for its own sake is the guests, not their graphs
  }

  #sweep(): void {
    const domains = this.#options.running();
    const samples = domains.map((domain) => this.#sample(domain));
    const running = new Set(domains.map(({ uuid }) => uuid));
    for (const uuid of this.#last.keys()) if (!running.has(uuid)) this.#last.delete(uuid);
    for (const uuid of this.#watched.keys()) if (!this.#isWatched(uuid)) this.#watched.delete(uuid);
    this.#history.keepOnly(running);
    this.#rates.keepOnly((uuid) => this.#watched.has(uuid) && running.has(uuid));
    for (const sample of samples) this.#history.add(sample);
    if (this.#emitter.hasListeners) this.#emitter.fire({ samples });
    this.#pace();
  }

  #sample(domain: SampledDomain): StatsSample {
    const { uuid, pid } = domain;
    return {
      uuid,
      at: this.#options.now(),
      cpuPercent: this.#cpuPercent(domain, elapsedMs()),
      residentKiB: this.#options.residentKiB(pid),
      ...(this.#isWatched(uuid) ? this.#rates.next(uuid, domain.counters) : {}),
    };
  }

  /** Share of all virtual CPUs that there are now. One that was plugged since counts from zero, one that was unplugged is gone with its time. */
  #cpuPercent({ uuid, pid, vcpuThreads }: SampledDomain, at: number): number {
    const last = this.#last.get(uuid);
    const threads = new Map(vcpuThreads.map((thread) => [thread, this.#options.threadNs(pid, thread)]));
    this.#last.set(uuid, { at, threads });
    const spanNs = last ? (at - last.at) * 1e6 : 0;
    if (!last || spanNs <= 0 || threads.size === 0) return 0;
    let usedNs = 0;
    for (const [thread, ns] of threads) usedNs += Math.min(spanNs, Math.max(0, ns - (last.threads.get(thread) ?? 0)));
    return Math.round((usedNs / (spanNs * threads.size)) * 1000) / 10;
  }
}

// CPU and memory of running guests, from /proc and never over QMP: the sum of the vCPU threads' schedstat (first field: ns on a CPU) costs 25 µs a guest.
// It measures only while somebody listens.
import { readFile } from 'node:fs/promises';
import { toDisposable } from '../../common/base/dispose.ts';
import { Emitter, type Event } from '../../common/base/emitter.ts';
import type { StatsSample } from '../../common/model/domain.ts';

export interface SampledDomain {
  readonly uuid: string;
  readonly pid: number;
  readonly vcpuThreads: readonly number[];
}

const INTERVAL_MS = 1_000;
const PAGE_KIB = 4;

async function cpuTimeNs({ pid, vcpuThreads }: SampledDomain): Promise<number> {
  const times = await Promise.all(
    vcpuThreads.map(async (thread) => {
      const text = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0'); // the thread ended
      return Number(text.split(' ')[0]);
    }),
  );
  return times.reduce((sum, time) => sum + time, 0);
}

async function residentKiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '0 0'); // the process ended
  return Number(text.split(' ')[1]) * PAGE_KIB;
}

interface Last {
  readonly at: number;
  readonly cpuNs: number;
}

export class StatsSampler {
  readonly #running: () => readonly SampledDomain[];
  readonly #emitter = new Emitter<{ readonly samples: StatsSample[] }>();
  readonly #last = new Map<string, Last>();
  #timer: NodeJS.Timeout | undefined;

  constructor(running: () => readonly SampledDomain[]) {
    this.#running = running;
  }

  /** Samples once a second while at least one listener is there. */
  readonly onSamples: Event<{ readonly samples: StatsSample[] }> = (listener) => {
    const subscription = this.#emitter.event(listener);
    this.#timer ??= setInterval(() => void this.#sweep(), INTERVAL_MS);
    return toDisposable(() => {
      subscription.dispose();
      if (!this.#emitter.hasListeners) this.dispose();
    });
  };

  dispose(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#last.clear();
  }

  async #sweep(): Promise<void> {
    const domains = this.#running();
    const samples = await Promise.all(domains.map((domain) => this.#sample(domain)));
    const alive = new Set(domains.map(({ uuid }) => uuid));
    for (const uuid of this.#last.keys()) if (!alive.has(uuid)) this.#last.delete(uuid);
    this.#emitter.fire({ samples });
  }

  async #sample(domain: SampledDomain): Promise<StatsSample> {
    const [cpuNs, memory] = await Promise.all([cpuTimeNs(domain), residentKiB(domain.pid)]);
    const at = Date.now();
    const last = this.#last.get(domain.uuid);
    this.#last.set(domain.uuid, { at, cpuNs });
    const spanNs = last ? (at - last.at) * 1e6 * Math.max(1, domain.vcpuThreads.length) : 0;
    const cpuPercent = last && spanNs > 0 ? Math.min(100, Math.max(0, ((cpuNs - last.cpuNs) / spanNs) * 100)) : 0;
    return { uuid: domain.uuid, at, cpuPercent: Math.round(cpuPercent * 10) / 10, residentKiB: memory };
  }
}

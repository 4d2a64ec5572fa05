// The last minutes of each running domain, for a graph that is opened now and is to show what was. A ring a domain, bounded in time and number.
import type { StatsSample } from '../../../common/model/domain.ts';

const KEEP_MS = 5 * 60_000;
/** One a second for as long. */
const MAX_SAMPLES = 300;

export class StatsHistory {
  readonly #rings = new Map<string, StatsSample[]>();

  add(sample: StatsSample): void {
    const ring = this.#rings.get(sample.uuid) ?? [];
    // A clock that was set back: a graph goes one way, so its past begins here.
    if ((ring.at(-1)?.at ?? 0) > sample.at) ring.length = 0;
    ring.push(sample);
    while (ring.length > MAX_SAMPLES || (ring[0] && ring[0].at < sample.at - KEEP_MS)) ring.shift();
    this.#rings.set(sample.uuid, ring);
  }

  /** Oldest first. */
  of(uuid: string): readonly StatsSample[] {
    return this.#rings.get(uuid) ?? [];
  }

  /** Forgets the domains that do not run any more. */
  keepOnly(running: ReadonlySet<string>): void {
    for (const uuid of this.#rings.keys()) if (!running.has(uuid)) this.#rings.delete(uuid);
  }
}

// Disk and network rates of the domains that somebody looks at. Disks cost a QMP call, so they are asked for in the background: a sample takes the newest
// rate that there is, and a QEMU that hangs makes nobody wait.
import type { StatsSample } from '../../../common/model/domain.ts';

export interface Counters {
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly rxBytes: number;
  readonly txBytes: number;
}

export type Rates = Pick<StatsSample, 'diskReadBps' | 'diskWriteBps' | 'netRxBps' | 'netTxBps'>;

interface Reading {
  readonly at: number;
  readonly counters: Partial<Counters>;
  readonly rates: Rates;
}

/** An older rate says nothing of now. */
const FRESH_MS = 3_000;

/** Bytes a second; absent where one end is not known. A counter that went back began anew: its guest was restored. */
function rate(now: number | undefined, before: number | undefined, spanMs: number): number | undefined {
  if (now === undefined || before === undefined || spanMs <= 0) return undefined;
  return Math.max(0, Math.round(((now - before) * 1000) / spanMs));
}

export class StatsRates {
  readonly #now: () => number;
  readonly #readings = new Map<string, Reading>();
  readonly #underWay = new Set<string>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The rates of `uuid` as of its last readings, and a new reading begun. */
  next(uuid: string, read: () => Promise<Partial<Counters>>): Rates {
    if (!this.#underWay.has(uuid)) {
      this.#underWay.add(uuid);
      read()
        .then((counters) => this.#take(uuid, counters))
        .catch(() => undefined) // what can't be read has no rate
        .finally(() => this.#underWay.delete(uuid));
    }
    const last = this.#readings.get(uuid);
    return last && this.#now() - last.at <= FRESH_MS ? last.rates : {};
  }

  keepOnly(watched: (uuid: string) => boolean): void {
    for (const uuid of this.#readings.keys()) if (!watched(uuid)) this.#readings.delete(uuid);
  }

  #take(uuid: string, counters: Partial<Counters>): void {
    const at = this.#now();
    const last = this.#readings.get(uuid);
    const spanMs = last ? at - last.at : 0;
    const rates = {
      diskReadBps: rate(counters.readBytes, last?.counters.readBytes, spanMs),
      diskWriteBps: rate(counters.writeBytes, last?.counters.writeBytes, spanMs),
      netRxBps: rate(counters.rxBytes, last?.counters.rxBytes, spanMs),
      netTxBps: rate(counters.txBytes, last?.counters.txBytes, spanMs),
    };
    this.#readings.set(uuid, {
      at,
      counters,
      rates: Object.fromEntries(Object.entries(rates).filter(([, value]) => value !== undefined)),
    });
  }
}

// The demo host's figures: waves, different for each machine, the same at every run. A past is there for who opens a graph.
import type { DomainSummary, StatsSample } from '../../src/common/model/domain.ts';
import type { Calls, DemoState } from './demo-state.ts';

const HISTORY_LENGTH = 240;

const wave = (seed: number, round: number): number =>
  Math.sin(round / (5 + (seed % 7))) + Math.sin(round / (2.3 + (seed % 3)));

/** CPU share at the `round`th sample. */
const cpuAt = (seed: number, round: number): number =>
  Math.min(100, Math.max(0.5, 12 + (seed % 5) * 11 + wave(seed, round) * (8 + (seed % 4) * 6)));

/** Bytes a second in bursts: mostly little, at times much. */
const burstAt = (seed: number, round: number, mostBps: number): number =>
  Math.round(mostBps * Math.max(0.01, wave(seed, round) / 2) ** 3);

/** QEMU's user network counts nothing; this machine is the one on a bridge. */
const hasNetFigures = (domain: DomainSummary): boolean => domain.name !== 'web-server';

export class DemoFigures {
  readonly #state: DemoState;
  #round = HISTORY_LENGTH;

  constructor(state: DemoState) {
    this.#state = state;
  }

  sample(): void {
    this.#round += 1;
    const running = [...this.#state.domains.values()].filter((domain) => domain.isActive);
    this.#state.emitters.stats.fire({ samples: running.map((domain) => this.#at(domain, this.#round)) });
  }

  history(domain: DomainSummary): StatsSample[] {
    return Array.from({ length: HISTORY_LENGTH }, (_, index) =>
      this.#at(domain, this.#round - HISTORY_LENGTH + 1 + index),
    );
  }

  #at(domain: DomainSummary, round: number): StatsSample {
    const seed = Number.parseInt(domain.uuid.slice(-4), 16);
    const isRunning = domain.state === 'running';
    const bps = (offset: number, most: number): number => (isRunning ? burstAt(seed + offset, round, most) : 0);
    return {
      uuid: domain.uuid,
      // a second apart however quickly they are made
      at: this.#state.now() + (round - HISTORY_LENGTH - 60) * 1000,
      cpuPercent: isRunning ? cpuAt(seed, round) : 0,
      residentKiB: Math.round(domain.memoryKiB * (0.4 + 0.1 * Math.sin(round / 20))),
      diskReadBps: bps(2, 24e6),
      diskWriteBps: bps(5, 61e6),
      ...(hasNetFigures(domain) ? { netRxBps: bps(3, 8e6), netTxBps: bps(4, 2.4e6) } : {}),
    };
  }
}

export const figureCalls = (state: DemoState, figures: DemoFigures): Calls => ({
  'domain.statsHistory': ({ domain }) => {
    const about = state.find(domain);
    return { intervalMs: 1000, samples: about.isActive ? figures.history(about) : [] };
  },
  'domain.blockErrors': ({ domain }) => ({
    errors: state.find(domain).reason === 'ioerror' ? [{ target: 'vda', error: 'no space' }] : [],
  }),
});

// Numbered domain events, in order. The one place that makes them; whoever subscribes hears each once.
import { Emitter } from '../../common/base/emitter.ts';
import type { DomainEvent } from '../../common/model/event.ts';

export class EventLog {
  readonly #emitter = new Emitter<DomainEvent>();
  readonly #now: () => number;
  #sequence = 0;

  readonly onEvent = this.#emitter.event;

  constructor(options: { readonly now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  /** The number of the last event: a snapshot taken now holds all up to it. */
  get sequence(): number {
    return this.#sequence;
  }

  record(event: Omit<DomainEvent, 'sequence' | 'at'>): void {
    this.#sequence += 1;
    this.#emitter.fire({ ...event, sequence: this.#sequence, at: this.#now() });
  }
}

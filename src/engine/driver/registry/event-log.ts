// Numbered domain events, in order. The one place that makes them; whoever subscribes hears each once, and who was away for a moment hears what it missed: the
// last ones are kept, also over a change of engines.
import type { Disposable } from '../../../common/base/dispose.ts';
import { Emitter } from '../../../common/base/emitter.ts';
import { virError } from '../../../common/errors.ts';
import type { DomainEvent, EventHistory } from '../../../common/model/event.ts';

const KEPT = 1_000;

export class EventLog {
  readonly #emitter = new Emitter<DomainEvent>();
  readonly #now: () => number;
  #recent: DomainEvent[];
  #sequence: number;

  readonly onEvent = this.#emitter.event;

  constructor(options: { readonly now?: () => number; readonly history?: EventHistory | undefined } = {}) {
    this.#now = options.now ?? Date.now;
    this.#recent = [...(options.history?.recent ?? [])];
    this.#sequence = options.history?.sequence ?? 0;
  }

  /** The number of the last event: a snapshot taken now holds all up to it. */
  get sequence(): number {
    return this.#sequence;
  }

  get history(): EventHistory {
    return { sequence: this.#sequence, recent: this.#recent.slice(-KEPT) };
  }

  record(event: Omit<DomainEvent, 'sequence' | 'at'>): void {
    this.#sequence += 1;
    const numbered = { ...event, sequence: this.#sequence, at: this.#now() };
    this.#recent.push(numbered);
    if (this.#recent.length > 2 * KEPT) this.#recent = this.#recent.slice(-KEPT);
    this.#emitter.fire(numbered);
  }

  /**
   * Hears every event after number `after`: first, at once, what was missed. Throws OPERATION_INVALID where that is no longer kept, or was another engine's that
   * died: then only a new snapshot helps.
   */
  subscribeAfter(after: number, listener: (event: DomainEvent) => void): Disposable {
    const first = (this.#recent[0]?.sequence ?? this.#sequence + 1) - 1;
    if (after < first || after > this.#sequence)
      throw virError(
        'OPERATION_INVALID',
        `the events after number ${after} are not known any more; ask for the list of domains`,
      );
    for (const event of this.#recent.filter(({ sequence }) => sequence > after)) listener(event);
    return this.#emitter.event(listener);
  }
}

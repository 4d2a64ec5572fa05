// A typed event source. A listener that throws must not keep the others from hearing, so its error goes to `onListenerError`.
import { type Disposable, toDisposable } from './dispose.ts';

export type Listener<T> = (value: T) => void;
export type Event<T> = (listener: Listener<T>) => Disposable;

export class Emitter<T> {
  readonly #listeners = new Set<Listener<T>>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(options: { onListenerError?: (error: unknown) => void } = {}) {
    // Unheard, a listener's error becomes an unhandled rejection: loud, and no listener's business.
    this.#onListenerError = options.onListenerError ?? ((error) => void Promise.reject(error));
  }

  readonly event: Event<T> = (listener) => {
    // A fresh wrapper a subscription, so that the same function subscribed twice is two subscriptions.
    const own: Listener<T> = (value) => listener(value);
    this.#listeners.add(own);
    return toDisposable(() => this.#listeners.delete(own));
  };

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}

// Whose turn it is to talk to an agent. Calls come from several lanes of the queue and from look-ups, and an agent takes one at a time; so who waits is
// bounded in number and in time, and hears at once when the one before found the agent dead.
import { type Disposable, toDisposable } from '../../common/base/dispose.ts';
import { type VirError, virError } from '../../common/errors.ts';
import { withDeadline } from '../util/deadline.ts';

const MAX_WAITING = 64;

export interface TurnOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly isUrgent?: boolean;
}

interface Waiting extends PromiseWithResolvers<void> {
  readonly isUrgent: boolean;
}

export class AgentTurns {
  readonly #who: string;
  #waiting: Waiting[] = [];
  #isTaken = false;

  constructor(who: string) {
    this.#who = who;
  }

  /** A turn; its disposal ends it. Throws RESOURCE_BUSY where too many wait or it takes too long, OPERATION_ABORTED, what `failWaiting` was given. */
  async take({ signal, timeoutMs, isUrgent = false }: TurnOptions): Promise<Disposable> {
    if (signal?.aborted) throw virError('OPERATION_ABORTED', `what ${this.#who} was to be asked was cancelled`);
    if (this.#isTaken) await this.#wait({ signal, timeoutMs, isUrgent });
    this.#isTaken = true;
    return toDisposable(() => this.#next());
  }

  /** Those that wait, but for the urgent, end with `error`. */
  failWaiting(error: VirError): void {
    const failed = this.#waiting.filter(({ isUrgent }) => !isUrgent);
    this.#waiting = this.#waiting.filter(({ isUrgent }) => isUrgent);
    for (const { reject } of failed) reject(error);
  }

  async #wait({ signal, timeoutMs, isUrgent = false }: TurnOptions): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING)
      throw virError('RESOURCE_BUSY', `${this.#who} is busy, and ${MAX_WAITING} calls wait for it; try again later`);
    const waiting: Waiting = { ...Promise.withResolvers<void>(), isUrgent };
    if (isUrgent) this.#waiting.unshift(waiting);
    else this.#waiting.push(waiting);
    const what = `the turn to ask ${this.#who}`;
    try {
      await withDeadline(waiting.promise, { signal, timeoutMs, what });
    } catch (error) {
      const at = this.#waiting.indexOf(waiting);
      if (at >= 0) this.#waiting.splice(at, 1);
      else if (await wasGiven(waiting)) this.#next(); // its turn came in the very moment in which it gave up
      throw isTimeout(error)
        ? virError('RESOURCE_BUSY', `${this.#who} is busy with another command; try again later`)
        : error;
    }
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next) next.resolve();
    else this.#isTaken = false;
  }
}

const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'OPERATION_TIMEOUT';

const wasGiven = ({ promise }: Waiting): Promise<boolean> =>
  promise.then(
    () => true,
    () => false,
  );

// One-time tickets for console streams: bound to one domain and one console, good once and for a minute. A ticket says nothing about its domain,
// so that a URL that holds it gives nothing away.
import { randomBytes } from 'node:crypto';
import { virError } from '../../../common/errors.ts';

export interface ConsoleTarget {
  readonly uuid: string;
  readonly console: 'vnc' | 'serial';
  readonly index: number;
}

const LIFETIME_MS = 60_000;
/** Enough for any number of windows, and a bound for a client that asks in a loop. */
const MAX_TICKETS = 1_000;

export class ConsoleTickets {
  readonly #tickets = new Map<string, { readonly target: ConsoleTarget; readonly until: number }>();
  readonly #now: () => number;

  constructor(options: { readonly now?: () => number } = {}) {
    this.#now = options.now ?? (() => performance.now()); // the clock on the wall may jump, and a ticket with it
  }

  issue(target: ConsoleTarget): string {
    this.#dropExpired();
    if (this.#tickets.size >= MAX_TICKETS)
      throw virError('RESOURCE_BUSY', 'too many consoles were asked for and not opened; try again in a minute');
    const ticket = randomBytes(24).toString('base64url');
    this.#tickets.set(ticket, { target, until: this.#now() + LIFETIME_MS });
    return ticket;
  }

  /** What the ticket is for; it is worthless afterwards. Throws OPERATION_DENIED for one that is unknown, used or too old. */
  redeem(ticket: string): ConsoleTarget {
    this.#dropExpired();
    const found = this.#tickets.get(ticket);
    if (!found)
      throw virError(
        'OPERATION_DENIED',
        'the console ticket is unknown, used already or too old; open the console again',
      );
    this.#tickets.delete(ticket);
    return found.target;
  }

  #dropExpired(): void {
    const now = this.#now();
    for (const [ticket, { until }] of this.#tickets) if (until <= now) this.#tickets.delete(ticket);
  }
}

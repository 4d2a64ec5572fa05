// Who may talk to the server. A one-time token from the printed address becomes a cookie and a token of the tab, and every request and upgrade needs
// both: cookies ignore ports, so another local server's page could send the cookie, but it can't know the tab's token.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

interface Session {
  readonly cookieHash: Buffer;
  readonly tabHash: Buffer;
  lastUsed: number;
}

export interface SessionKeys {
  readonly cookie: string;
  readonly tabToken: string;
}

/** A tab that has not been heard of for this long must open the address anew. */
const IDLE_MS = 12 * 3600 * 1000;
const MAX_FAILURES = 30;
const FAILURE_WINDOW_MS = 60_000;

const secret = (): string => randomBytes(32).toString('base64url');
const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

export class SessionStore {
  /** Hash of a one-time token → until when it is good. */
  readonly #oneTime = new Map<string, number>();
  readonly #sessions = new Set<Session>();
  readonly #now: () => number;
  #failures: number[] = [];

  constructor(options: { readonly now?: () => number } = {}) {
    this.#now = options.now ?? Date.now;
  }

  /** A token for one opening of the page, good for `lifetimeMs`: one that stands on a browser's command line is to be worthless soon. */
  issueToken(lifetimeMs = Number.POSITIVE_INFINITY): string {
    const token = secret();
    this.#oneTime.set(hash(token).toString('hex'), this.#now() + lifetimeMs);
    return token;
  }

  /** True while so many guesses of one-time tokens have failed lately that no more are looked at. Open sessions go on: nobody may lock them out. */
  get isLocked(): boolean {
    const since = this.#now() - FAILURE_WINDOW_MS;
    this.#failures = this.#failures.filter((at) => at > since);
    return this.#failures.length >= MAX_FAILURES;
  }

  /** Trades a one-time token for a session; undefined for one that is unknown or used. */
  exchange(token: string): SessionKeys | undefined {
    if (this.isLocked) return undefined;
    const key = hash(token).toString('hex');
    const until = this.#oneTime.get(key) ?? Number.NEGATIVE_INFINITY;
    this.#oneTime.delete(key);
    if (until < this.#now()) {
      this.#failures.push(this.#now());
      return undefined;
    }
    const keys = { cookie: secret(), tabToken: secret() };
    this.#sessions.add({ cookieHash: hash(keys.cookie), tabHash: hash(keys.tabToken), lastUsed: this.#now() });
    return keys;
  }

  /** Whether cookie and tab token belong to the same living session. */
  check(cookie: string | undefined, tabToken: string | undefined): boolean {
    if (!cookie || !tabToken) return false;
    const [cookieHash, tabHash] = [hash(cookie), hash(tabToken)];
    const now = this.#now();
    for (const session of this.#sessions) {
      if (now - session.lastUsed > IDLE_MS) {
        this.#sessions.delete(session);
        continue;
      }
      if (timingSafeEqual(session.cookieHash, cookieHash) && timingSafeEqual(session.tabHash, tabHash)) {
        session.lastUsed = now;
        return true;
      }
    }
    return false;
  }
}

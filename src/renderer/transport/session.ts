// How a browser tab comes to its token: the one-time token in the address is exchanged once, the tab's own token lives in sessionStorage, so that a
// reload goes on and a second tab does not. The server's side of this is in src/server. Everything outside comes in as arguments.

export type Session = { readonly kind: 'open'; readonly tabToken: string } | { readonly kind: 'refused' };

export interface SessionHost {
  /** location.hash. */
  readonly hash: string;
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
  /** Replaces the hash without a new history entry: a token must not stay in the address. */
  replaceHash(hash: string): void;
  /** POST /session with this JSON; undefined where the server refuses it. */
  post(body: { readonly token?: string }): Promise<{ readonly tabToken: string } | undefined>;
}

const STORAGE_KEY = 'vivarium.tab-token';

/** `#token=T` or `#token=T&route=/doctor`: the token and the hash that shall stay. */
export function splitTokenHash(hash: string): { readonly token?: string; readonly rest: string } {
  const match = /^#token=([^&]+)(?:&route=(.*))?$/.exec(hash);
  if (!match?.[1]) return { rest: hash };
  return { token: decodeURIComponent(match[1]), rest: match[2] ? `#${decodeURIComponent(match[2])}` : '#/' };
}

/** Takes the token out of the address and gets this tab's own; falls back to the one that the tab has already. */
export async function openSession(host: SessionHost): Promise<Session> {
  const { token, rest } = splitTokenHash(host.hash);
  if (token !== undefined) host.replaceHash(rest);
  const known = host.storage.getItem(STORAGE_KEY) ?? undefined;
  if (token === undefined && known !== undefined) return { kind: 'open', tabToken: known };
  const answer = await host.post(token === undefined ? {} : { token });
  if (answer) {
    host.storage.setItem(STORAGE_KEY, answer.tabToken);
    return { kind: 'open', tabToken: answer.tabToken };
  }
  return known === undefined ? { kind: 'refused' } : { kind: 'open', tabToken: known };
}

async function postSession(body: { readonly token?: string }): Promise<{ tabToken: string } | undefined> {
  const response = await fetch('/session', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) return undefined;
  const answer: unknown = await response.json();
  if (typeof answer !== 'object' || answer === null || !('tabToken' in answer)) return undefined;
  return typeof answer.tabToken === 'string' ? { tabToken: answer.tabToken } : undefined;
}

/** The real browser as a SessionHost. */
export const browserSessionHost = (): SessionHost => ({
  hash: window.location.hash,
  storage: window.sessionStorage,
  replaceHash: (hash) => window.history.replaceState(window.history.state, '', hash),
  post: postSession,
});

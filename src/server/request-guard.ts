// The gate of every request and upgrade: exact Host (stops DNS rebinding), exact Origin (stops other pages), and what Fetch Metadata says. Pure.
// Rules from the loopback CVEs in docs/internals/security.md: Vite 2025-24010, Jupyter 2024-28179 and 2026-40110, cockpit #496.
import type { IncomingHttpHeaders } from 'node:http';

export interface GuardedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly isUpgrade: boolean;
}

export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse'; readonly status: 403 | 421 | 405; readonly why: string };

const refuse = (status: 403 | 421 | 405, why: string): Verdict => ({ kind: 'refuse', status, why });

/** Host names under which the page may be opened. */
export const allowedHosts = (port: number): readonly string[] => [`127.0.0.1:${port}`, `localhost:${port}`];

export function checkRequest(request: GuardedRequest, port: number): Verdict {
  const { host, origin } = request.headers;
  if (host === undefined || !allowedHosts(port).includes(host))
    return refuse(421, 'the Host header is not this server');
  const ownOrigin = `http://${host}`;
  const isSafe = request.method === 'GET' || request.method === 'HEAD';
  if (!isSafe && request.method !== 'POST') return refuse(405, 'this method is not served');
  // A browser sends Origin with every POST and upgrade, "null" for pages without one of their own. Only plain GETs of our files come without.
  if (origin === undefined ? request.isUpgrade || !isSafe : origin !== ownOrigin)
    return refuse(403, 'the Origin header is not this server');
  const site = request.headers['sec-fetch-site'];
  const isNavigation = request.headers['sec-fetch-mode'] === 'navigate' && !request.isUpgrade;
  if (site !== undefined && site !== 'same-origin' && !(site === 'none' || isNavigation))
    return refuse(403, 'another site asks');
  return { kind: 'pass' };
}

/** The value of cookie `name`. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [key, ...value] = part.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}

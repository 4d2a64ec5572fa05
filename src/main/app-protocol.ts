// The window's files come by a scheme of their own, app://vivarium/, never by file://: an origin of its own that can be checked, and no way out of the
// folder of built files.

import { join, normalize, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { net, protocol } from 'electron';

export const APP_SCHEME = 'app';
export const APP_ORIGIN = `${APP_SCHEME}://vivarium`;

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Must be called before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** The file below `root` that `url` names, or undefined where it names none of ours. */
export function resolveAppUrl(root: string, url: string): string | undefined {
  const parsed = new URL(url);
  if (`${parsed.protocol}//${parsed.host}` !== APP_ORIGIN) return undefined;
  const path = normalize(join(root, decodeURIComponent(parsed.pathname === '/' ? '/index.html' : parsed.pathname)));
  return path.startsWith(root + sep) ? path : undefined;
}

export function handleAppScheme(root: string): void {
  protocol.handle(APP_SCHEME, async (request) => {
    const path = resolveAppUrl(root, request.url);
    if (!path) return new Response('There is nothing here.', { status: 404 });
    const file = await net.fetch(pathToFileURL(path).toString());
    const headers = new Headers(file.headers);
    headers.set('Content-Security-Policy', CSP);
    headers.set('X-Content-Type-Options', 'nosniff');
    return new Response(file.body, { status: file.status, headers });
  });
}

// The address as React state.
import { useSyncExternalStore } from 'react';
import { formatRoute, parseRoute, type Route } from '../../routes.ts';

const subscribe = (onChange: () => void): (() => void) => {
  window.addEventListener('hashchange', onChange);
  return () => window.removeEventListener('hashchange', onChange);
};

let last: { readonly hash: string; readonly route: Route } = { hash: '', route: { kind: 'home' } };
export const currentRoute = (): Route => {
  const { hash } = window.location;
  if (hash !== last.hash) last = { hash, route: parseRoute(hash) };
  return last.route;
};

export const useRoute = (): Route => useSyncExternalStore(subscribe, currentRoute);

/** Goes there; `replace` leaves no step for Back, as for arrow keys in the list. */
export function navigate(route: Route, options: { readonly replace?: boolean } = {}): void {
  const hash = formatRoute(route);
  if (window.location.hash === hash) return;
  if (options.replace) {
    window.history.replaceState(null, '', hash);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else window.location.hash = hash;
}

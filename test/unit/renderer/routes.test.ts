import { describe, expect, it } from 'vitest';
import { effectiveTab, formatRoute, parseRoute, type Route } from '../../../src/renderer/routes.ts';

describe('addresses in the window', () => {
  const routes: readonly Route[] = [
    { kind: 'home' },
    { kind: 'doctor' },
    { kind: 'machine', uuid: 'a-b', isDetached: false },
    { kind: 'machine', uuid: 'a-b', tab: 'xml', isDetached: false },
    { kind: 'machine', uuid: 'a-b', tab: 'console', isDetached: true },
  ];
  it.each(routes)('come back from their text: $kind', (route) => {
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });

  it.each(['', '#', '#/', '#/nowhere', '#/machines', '#token=abc'])('lead home from "%s"', (hash) => {
    expect(parseRoute(hash)).toEqual({ kind: 'home' });
  });

  it('leave out a tab that there is not', () => {
    expect(parseRoute('#/machines/u/settings')).toEqual({ kind: 'machine', uuid: 'u', isDetached: false });
  });
});

describe('the tab that is shown', () => {
  it.each([
    [undefined, { graphics: true, serial: true }, 'console'],
    [undefined, { graphics: false, serial: true }, 'serial'],
    [undefined, { graphics: false, serial: false }, 'overview'],
    ['console', { graphics: false, serial: true }, 'serial'],
    ['serial', { graphics: true, serial: false }, 'console'],
    ['xml', { graphics: false, serial: false }, 'xml'],
  ] as const)('for %s with %o is %s', (wanted, has, tab) => {
    expect(effectiveTab(wanted, has)).toBe(tab);
  });
});

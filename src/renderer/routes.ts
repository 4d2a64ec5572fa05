// Addresses inside the window, as hash routes: they survive a reload, can be linked to, and make Back work. Pure.

export const MACHINE_TABS = ['console', 'serial', 'overview', 'hardware', 'xml', 'log'] as const;
export type MachineTab = (typeof MACHINE_TABS)[number];

export type Route =
  | { readonly kind: 'home' }
  | { readonly kind: 'doctor' }
  | { readonly kind: 'machine'; readonly uuid: string; readonly tab?: MachineTab; readonly isDetached: boolean };

const isTab = (text: string | undefined): text is MachineTab => MACHINE_TABS.some((tab) => tab === text);

/** Anything that is not an address of ours is home. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?');
  const [first, uuid, tab] = path.split('/').filter((part) => part !== '');
  if (first === 'doctor') return { kind: 'doctor' };
  if (first === 'machines' && uuid) {
    const isDetached = new URLSearchParams(query).get('detached') === '1';
    const machine = { kind: 'machine', uuid: decodeURIComponent(uuid), isDetached } as const;
    return isTab(tab) ? { ...machine, tab } : machine;
  }
  return { kind: 'home' };
}

export function formatRoute(route: Route): string {
  switch (route.kind) {
    case 'home':
      return '#/';
    case 'doctor':
      return '#/doctor';
    case 'machine': {
      const tab = route.tab ? `/${route.tab}` : '';
      return `#/machines/${encodeURIComponent(route.uuid)}${tab}${route.isDetached ? '?detached=1' : ''}`;
    }
  }
}

/** The tab to show: the one asked for where this machine has it, else its best one. A machine without a screen has no console tab, and so on. */
export function effectiveTab(wanted: MachineTab | undefined, has: { graphics: boolean; serial: boolean }): MachineTab {
  const best = has.graphics ? 'console' : has.serial ? 'serial' : 'overview';
  if (wanted === 'console' && !has.graphics) return best;
  if (wanted === 'serial' && !has.serial) return best;
  return wanted ?? best;
}

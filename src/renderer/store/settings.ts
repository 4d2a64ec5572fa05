// What the person set in this window, kept in localStorage. Every read is checked: the file may be from another version.
import { createStore, type StoreApi } from 'zustand/vanilla';

export const SCALINGS = ['fit', 'actual', 'resize'] as const;
/** fit: the picture fills the view. actual: one guest pixel is one screen pixel. resize: the guest's screen takes the view's size. */
export type Scaling = (typeof SCALINGS)[number];

export const SORT_KEYS = ['name', 'state', 'cpu'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export const CONFIRMATIONS = ['destroy', 'reset', 'managedSaveRemove'] as const;
export type Confirmation = (typeof CONFIRMATIONS)[number];

export interface SettingsState {
  readonly sidebarWidth: number;
  readonly sort: SortKey;
  /** Questions that are not asked any more. */
  readonly unasked: readonly Confirmation[];
  /** UUID → scaling; absent is 'fit'. */
  readonly scaling: Readonly<Record<string, Scaling>>;
}

export const SIDEBAR_MIN = 200;
export const SIDEBAR_MAX = 480;
export const initialSettings: SettingsState = { sidebarWidth: 280, sort: 'name', unasked: [], scaling: {} };

const isOneOf = <T extends string>(list: readonly T[], value: unknown): value is T =>
  list.some((item) => item === value);
const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

export const clampSidebar = (width: number): number =>
  Math.round(
    Math.min(SIDEBAR_MAX, Math.max(SIDEBAR_MIN, Number.isFinite(width) ? width : initialSettings.sidebarWidth)),
  );

/** Stored text → settings; whatever is not valid takes its default. */
export function parseSettings(text: string | null): SettingsState {
  let raw: Readonly<Record<string, unknown>> = {};
  try {
    raw = asRecord(JSON.parse(text ?? '{}'));
  } catch {
    // a damaged entry is as good as none
  }
  const scaling = Object.entries(asRecord(raw.scaling)).filter((entry): entry is [string, Scaling] =>
    isOneOf(SCALINGS, entry[1]),
  );
  return {
    sidebarWidth: clampSidebar(typeof raw.sidebarWidth === 'number' ? raw.sidebarWidth : Number.NaN),
    sort: isOneOf(SORT_KEYS, raw.sort) ? raw.sort : initialSettings.sort,
    unasked: CONFIRMATIONS.filter((name) => Array.isArray(raw.unasked) && raw.unasked.includes(name)),
    scaling: Object.fromEntries(scaling),
  };
}

const STORAGE_KEY = 'vivarium.settings';

export function createSettingsStore(storage: Pick<Storage, 'getItem' | 'setItem'>): StoreApi<SettingsState> {
  const store = createStore<SettingsState>(() => parseSettings(storage.getItem(STORAGE_KEY)));
  store.subscribe((state) => storage.setItem(STORAGE_KEY, JSON.stringify(state)));
  return store;
}

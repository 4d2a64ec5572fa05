// What is open and chosen in this window, beside its address.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Confirmation } from './settings.ts';

export type OpenDialog =
  | { readonly kind: 'none' }
  | { readonly kind: 'create' }
  | { readonly kind: 'delete'; readonly uuid: string }
  | { readonly kind: 'describe' | 'start' | 'save' | 'dump'; readonly uuid: string }
  | { readonly kind: 'restore' }
  | { readonly kind: 'media'; readonly uuid: string; readonly target: string; readonly startAt: string }
  | { readonly kind: 'detach'; readonly uuid: string; readonly alias: string; readonly label: string }
  | { readonly kind: 'confirm'; readonly verb: Confirmation; readonly uuids: readonly string[] };

export interface UiState {
  readonly dialog: OpenDialog;
  /** UUIDs chosen in the list, besides the one in the address. */
  readonly selection: ReadonlySet<string>;
  readonly filter: string;
  readonly isActivityOpen: boolean;
  readonly isConsoleFull: boolean;
  /** Unsaved XML by UUID: leaving a page does not lose it. */
  readonly drafts: ReadonlyMap<string, string>;
  /** UUID → when this window asked it to shut down, ms since the epoch. Forgotten when it is off. */
  readonly askedToShutDown: ReadonlyMap<string, number>;
}

export const rememberAsked = (state: UiState, uuid: string, at: number): UiState => ({
  ...state,
  askedToShutDown: new Map(state.askedToShutDown).set(uuid, at),
});

export const forgetAsked = (state: UiState, uuid: string): UiState => ({
  ...state,
  askedToShutDown: new Map([...state.askedToShutDown].filter(([known]) => known !== uuid)),
});

export const createUiStore = (): StoreApi<UiState> =>
  createStore<UiState>(() => ({
    dialog: { kind: 'none' },
    selection: new Set(),
    filter: '',
    isActivityOpen: false,
    isConsoleFull: false,
    drafts: new Map(),
    askedToShutDown: new Map(),
  }));

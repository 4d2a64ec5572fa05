// Left Ctrl and Alt pressed and let go with nothing between gives the keyboard back to the window, as in virt-manager. Pure.

export interface ReleaseState {
  readonly isCtrl: boolean;
  readonly isAlt: boolean;
  /** Another key came in: this is a combination for the guest. */
  readonly isSpoiled: boolean;
}

export const noKeys: ReleaseState = { isCtrl: false, isAlt: false, isSpoiled: false };

export interface ReleaseKey {
  readonly code: string;
  readonly down: boolean;
}

/** The state after a key, and whether this key releases. */
export function reduceRelease(
  state: ReleaseState,
  { code, down }: ReleaseKey,
): { next: ReleaseState; releases: boolean } {
  const isOurs = code === 'ControlLeft' || code === 'AltLeft';
  if (!isOurs) return { next: down ? { ...state, isSpoiled: state.isCtrl || state.isAlt } : state, releases: false };
  const releases = !down && state.isCtrl && state.isAlt && !state.isSpoiled;
  const isCtrl = code === 'ControlLeft' ? down : state.isCtrl;
  const isAlt = code === 'AltLeft' ? down : state.isAlt;
  if (releases) return { next: noKeys, releases };
  return { next: { isCtrl, isAlt, isSpoiled: (isCtrl || isAlt) && state.isSpoiled }, releases };
}

// Left Ctrl and Alt pressed together and let go with nothing between gives the keyboard back to the window, as in virt-manager. It does so when both
// are up, so that the guest has seen both go up. Pure.

export interface ReleaseState {
  readonly isCtrl: boolean;
  readonly isAlt: boolean;
  /** Both were down at once. */
  readonly wereBoth: boolean;
  /** Another key came in: this is a combination for the guest. */
  readonly isSpoiled: boolean;
}

export const noKeys: ReleaseState = { isCtrl: false, isAlt: false, wereBoth: false, isSpoiled: false };

export interface ReleaseKey {
  readonly code: string;
  readonly down: boolean;
}

/** The state after a key, and whether this key releases. */
export function reduceRelease(
  state: ReleaseState,
  { code, down }: ReleaseKey,
): { next: ReleaseState; releases: boolean } {
  if (code !== 'ControlLeft' && code !== 'AltLeft') {
    const isHeld = state.isCtrl || state.isAlt;
    return { next: down && isHeld ? { ...state, isSpoiled: true } : state, releases: false };
  }
  const isCtrl = code === 'ControlLeft' ? down : state.isCtrl;
  const isAlt = code === 'AltLeft' ? down : state.isAlt;
  const wereBoth = state.wereBoth || (isCtrl && isAlt);
  if (isCtrl || isAlt) return { next: { ...state, isCtrl, isAlt, wereBoth }, releases: false };
  return { next: noKeys, releases: wereBoth && !state.isSpoiled };
}

// Full screen of a console. Where the shell does not let the page have the whole screen, the console fills the window instead. While it lasts
// the keyboard is ours (Escape, Alt+Tab), where the browser allows that.
import { useCallback, useEffect } from 'react';
import { useApp, useUi } from '../../app-context.ts';

interface KeyboardLock {
  lock?(): Promise<void>;
  unlock?(): void;
}
const keyboard = (): KeyboardLock | undefined =>
  'keyboard' in navigator ? (navigator.keyboard as KeyboardLock) : undefined;

export function useFullScreen(): { readonly isFull: boolean; readonly toggle: () => void } {
  const { stores } = useApp();
  const isFull = useUi((state) => state.isConsoleFull);
  const toggle = useCallback(() => {
    const next = !stores.ui.getState().isConsoleFull;
    stores.ui.setState({ isConsoleFull: next });
    if (next) {
      // refused: the console fills the window, which is the next best
      document.documentElement.requestFullscreen({ navigationUI: 'hide' }).then(
        () =>
          keyboard()
            ?.lock?.()
            .catch(() => undefined),
        () => undefined,
      );
    } else if (document.fullscreenElement) void document.exitFullscreen();
  }, [stores]);
  useEffect(() => {
    const onChange = (): void => {
      if (document.fullscreenElement) return;
      keyboard()?.unlock?.();
      stores.ui.setState({ isConsoleFull: false });
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'F11' || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      toggle();
    };
    document.addEventListener('fullscreenchange', onChange);
    window.addEventListener('keydown', onKeyDown, { capture: true });
    return () => {
      document.removeEventListener('fullscreenchange', onChange);
      window.removeEventListener('keydown', onKeyDown, { capture: true });
    };
  }, [stores, toggle]);
  // leaving the page leaves full screen too
  useEffect(
    () => () => {
      stores.ui.setState({ isConsoleFull: false });
      if (document.fullscreenElement) void document.exitFullscreen();
    },
    [stores],
  );
  return { isFull, toggle };
}

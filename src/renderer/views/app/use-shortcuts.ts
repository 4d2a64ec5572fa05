// Keys of the whole window. A focused console takes every key for the guest but F11, which is the way out of full screen.
import { useEffect } from 'react';
import { useApp } from '../../app-context.ts';
import type { Route } from '../../routes.ts';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, [contenteditable], canvas, .xterm') !== null;

export function useShortcuts(route: Route): void {
  const { stores } = useApp();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      // a dialog has its own keys
      if (event.defaultPrevented || isTyping(event.target) || stores.ui.getState().dialog.kind !== 'none') return;
      const isCtrl = event.ctrlKey || event.metaKey;
      if (isCtrl && event.key.toLowerCase() === 'n') {
        event.preventDefault();
        stores.ui.setState({ dialog: { kind: 'create' } });
      }
      if (isCtrl && event.key.toLowerCase() === 'f') {
        event.preventDefault();
        document.querySelector<HTMLInputElement>('.sidebar-filter input')?.focus();
      }
      if (event.key === 'Escape') stores.ui.setState({ selection: new Set(), isActivityOpen: false });
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [stores]);
  const uuid = route.kind === 'machine' ? route.uuid : undefined;
  useEffect(() => {
    if (uuid === undefined) stores.ui.setState({ isConsoleFull: false });
  }, [stores, uuid]);
}

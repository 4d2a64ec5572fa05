// The line between list and page: dragged by pointer, moved by arrow keys.
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect } from 'react';
import { useApp, useSettings } from '../../app-context.ts';
import { clampSidebar, SIDEBAR_MAX, SIDEBAR_MIN } from '../../store/settings.ts';

const STEP_PX = 16;

export function SidebarHandle(): ReactNode {
  const { stores } = useApp();
  const width = useSettings((state) => state.sidebarWidth);
  useEffect(() => {
    document.documentElement.style.setProperty('--sidebar-width', `${width}px`);
  }, [width]);
  const set = (next: number): void => stores.settings.setState({ sidebarWidth: clampSidebar(next) });
  const onPointerMove = (event: PointerEvent): void => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) set(event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft') set(width - STEP_PX);
    if (event.key === 'ArrowRight') set(width + STEP_PX);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is no <hr>
    <div
      className="sidebar-handle"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the list"
      aria-valuenow={width}
      aria-valuemin={SIDEBAR_MIN}
      aria-valuemax={SIDEBAR_MAX}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
    />
  );
}

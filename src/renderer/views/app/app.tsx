// The window: list on the left, a page on the right, activity below, dialogs above.
import { type ReactNode, useCallback, useEffect } from 'react';
import { useApp, useMachines, useUi } from '../../app-context.ts';
import { ErrorBoundary } from '../../components/error-boundary.tsx';
import { displayName } from '../../format/state.ts';
import { formatRoute, type Route } from '../../routes.ts';
import { ActivityBar } from '../activity/activity-bar.tsx';
import { Notices } from '../activity/notices.tsx';
import { DoctorPage } from '../doctor/doctor-page.tsx';
import { DetachedConsole } from '../machine/detached-console.tsx';
import { MachinePage } from '../machine/machine-page.tsx';
import { HomePage } from '../machines/home-page.tsx';
import { SelectionPage } from '../machines/selection-page.tsx';
import { Sidebar } from '../machines/sidebar.tsx';
import { ConnectionBanner, HostBanner } from './banners.tsx';
import { Dialogs } from './dialogs.tsx';
import { SidebarHandle } from './sidebar-handle.tsx';
import { currentRoute, navigate, useRoute } from './use-route.ts';
import { useShortcuts } from './use-shortcuts.ts';
import './app.css';

function useWindowTitle(route: Route): void {
  const machine = useMachines((state) => (route.kind === 'machine' ? state.domains.get(route.uuid) : undefined));
  const title = machine
    ? `${displayName(machine)} – Vivarium`
    : route.kind === 'doctor'
      ? 'Doctor – Vivarium'
      : 'Vivarium';
  useEffect(() => {
    document.title = title;
  }, [title]);
}

function Page({ route }: { readonly route: Route }): ReactNode {
  const isSeveral = useUi((state) => state.selection.size > 1);
  if (isSeveral) return <SelectionPage />;
  switch (route.kind) {
    case 'machine':
      return <MachinePage key={route.uuid} uuid={route.uuid} tab={route.tab} />;
    case 'doctor':
      return <DoctorPage />;
    case 'home':
      return <HomePage />;
  }
}

export function App(): ReactNode {
  const { stores } = useApp();
  const route = useRoute();
  const isFull = useUi((state) => state.isConsoleFull);
  useWindowTitle(route);
  useShortcuts(route);
  const current = route.kind === 'machine' ? route.uuid : undefined;
  const show = useCallback((uuid: string) => {
    const now = currentRoute();
    // moving through the list keeps the tab, and is not a step for Back
    const tab = now.kind === 'machine' && now.tab ? { tab: now.tab } : {};
    navigate({ kind: 'machine', uuid, isDetached: false, ...tab }, { replace: now.kind === 'machine' });
  }, []);
  const open = useCallback(
    (uuid: string) => {
      stores.ui.setState({ selection: new Set() });
      show(uuid);
      requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-page-focus]')?.focus());
    },
    [show, stores],
  );
  if (route.kind === 'machine' && route.isDetached)
    return (
      <div className="app detached">
        <ConnectionBanner />
        <DetachedConsole uuid={route.uuid} />
        <Notices />
      </div>
    );
  return (
    <div className={isFull ? 'app console-full' : 'app'}>
      <Sidebar current={current} onShow={show} onOpen={open} />
      <SidebarHandle />
      <main className="page">
        <ConnectionBanner />
        <HostBanner />
        <ErrorBoundary subject={formatRoute(route)}>
          <Page route={route} />
        </ErrorBoundary>
      </main>
      <ActivityBar />
      <Notices />
      <Dialogs />
    </div>
  );
}

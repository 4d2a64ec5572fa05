// The one thing views take from outside: connection, slices, actions. Handed down by React context, so that tests mount views over a demo engine.
import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Connection } from './client.ts';
import type { Actions } from './store/actions.ts';
import type { BlockJobsState } from './store/block-jobs.ts';
import type { CommandsState } from './store/commands.ts';
import type { HostState } from './store/host.ts';
import type { MachinesState } from './store/machines.ts';
import type { NoticesState } from './store/notices.ts';
import type { SettingsState } from './store/settings.ts';
import type { StatsState } from './store/stats.ts';
import type { Stores } from './store/stores.ts';
import type { UiState } from './store/ui.ts';
import type { WatchBlockJob } from './store/watch-block-job.ts';

export interface AppServices {
  readonly connection: Connection;
  readonly stores: Stores;
  readonly actions: Actions;
  readonly watchBlockJob: WatchBlockJob;
}

export const AppContext = createContext<AppServices | undefined>(undefined);

export function useApp(): AppServices {
  const app = useContext(AppContext);
  if (!app) throw new Error('a view was mounted outside of the app');
  return app;
}

export const useMachines = <T>(selector: (state: MachinesState) => T): T =>
  useStore(useApp().stores.machines, selector);
export const useCommands = <T>(selector: (state: CommandsState) => T): T =>
  useStore(useApp().stores.commands, selector);
export const useBlockJobs = <T>(selector: (state: BlockJobsState) => T): T =>
  useStore(useApp().stores.blockJobs, selector);
export const useStats = <T>(selector: (state: StatsState) => T): T => useStore(useApp().stores.stats, selector);
export const useHost = <T>(selector: (state: HostState) => T): T => useStore(useApp().stores.host, selector);
export const useNotices = <T>(selector: (state: NoticesState) => T): T => useStore(useApp().stores.notices, selector);
export const useSettings = <T>(selector: (state: SettingsState) => T): T =>
  useStore(useApp().stores.settings, selector);
export const useUi = <T>(selector: (state: UiState) => T): T => useStore(useApp().stores.ui, selector);

// All slices of one window, made together so that tests and the real window are wired alike.
import type { StoreApi } from 'zustand/vanilla';
import { type BlockJobsState, createBlockJobsStore } from './block-jobs.ts';
import { type CommandsState, createCommandsStore } from './commands.ts';
import { createHostStore, type HostState } from './host.ts';
import { createMachinesStore, type MachinesState } from './machines.ts';
import { createNoticesStore, type NoticesState } from './notices.ts';
import { createSettingsStore, type SettingsState } from './settings.ts';
import { createStatsStore, type StatsState } from './stats.ts';
import { createUiStore, type UiState } from './ui.ts';

export interface Stores {
  readonly machines: StoreApi<MachinesState>;
  readonly commands: StoreApi<CommandsState>;
  readonly blockJobs: StoreApi<BlockJobsState>;
  readonly stats: StoreApi<StatsState>;
  readonly host: StoreApi<HostState>;
  readonly notices: StoreApi<NoticesState>;
  readonly settings: StoreApi<SettingsState>;
  readonly ui: StoreApi<UiState>;
}

export const createStores = (storage: Pick<Storage, 'getItem' | 'setItem'>): Stores => ({
  machines: createMachinesStore(),
  commands: createCommandsStore(),
  blockJobs: createBlockJobsStore(),
  stats: createStatsStore(),
  host: createHostStore(),
  notices: createNoticesStore(),
  settings: createSettingsStore(storage),
  ui: createUiStore(),
});

// The host's figures and the engine's own, as last told. Asked for at each connection and when a view wants them fresh.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { EngineInfo, HostInfo } from '../../common/model/host.ts';

export interface HostState {
  readonly host?: HostInfo;
  readonly engine?: EngineInfo;
}

export const createHostStore = (): StoreApi<HostState> => createStore<HostState>(() => ({}));

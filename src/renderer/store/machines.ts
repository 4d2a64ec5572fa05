// What the window knows of machines: one snapshot, then the numbered events after it. The reducers are pure; store/sync.ts feeds them. State
// comes from here only, never from the reply to a command.
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Output } from '../../common/contract/procedures.ts';
import type { BrokenFile, DomainSummary } from '../../common/model/domain.ts';
import type { DomainEvent } from '../../common/model/event.ts';

export interface MachinesState {
  /** loading: nothing known yet. live: following. stale: something was missed, a new snapshot is needed; what is shown stays. */
  readonly status: 'loading' | 'live' | 'stale';
  /** Number of the last event taken in. */
  readonly sequence: number;
  readonly domains: ReadonlyMap<string, DomainSummary>;
  readonly broken: readonly BrokenFile[];
  /** Events that came while no snapshot was there to put them on. */
  readonly waiting: readonly DomainEvent[];
}

export const initialMachines: MachinesState = {
  status: 'loading',
  sequence: 0,
  domains: new Map(),
  broken: [],
  waiting: [],
};

/** What is enough to rebuild from a snapshot later on; more are dropped, the snapshot has them. */
const MAX_WAITING = 5000;

/** Takes in events in order. A gap in the numbers makes the state stale; old numbers are passed over. */
export function reduceDomainEvents(state: MachinesState, events: readonly DomainEvent[]): MachinesState {
  if (events.length === 0) return state;
  if (state.status !== 'live') return { ...state, waiting: [...state.waiting, ...events].slice(-MAX_WAITING) };
  const domains = new Map(state.domains);
  let { sequence } = state;
  for (const [index, event] of events.entries()) {
    if (event.sequence <= sequence) continue;
    const isNext = event.sequence === sequence + 1;
    // 'broken' tells that the list of broken files changed, which only a snapshot has
    if (!isNext || event.kind === 'broken')
      return { ...state, domains, sequence, status: 'stale', waiting: events.slice(index) };
    if (event.summary) domains.set(event.uuid, event.summary);
    else domains.delete(event.uuid);
    sequence = event.sequence;
  }
  return sequence === state.sequence ? state : { ...state, domains, sequence };
}

export const reduceDomainEvent = (state: MachinesState, event: DomainEvent): MachinesState =>
  reduceDomainEvents(state, [event]);

/** Takes in a snapshot and the events that waited for it. */
export function reduceSnapshot(state: MachinesState, snapshot: Output<'domain.list'>): MachinesState {
  const fresh: MachinesState = {
    status: 'live',
    sequence: snapshot.sequence,
    domains: new Map(snapshot.domains.map((domain) => [domain.uuid, domain])),
    broken: snapshot.broken,
    waiting: [],
  };
  const later = state.waiting.filter((event) => event.sequence > snapshot.sequence);
  return reduceDomainEvents(fresh, later);
}

/** At a new connection: numbers begin anew, what is shown stays until the snapshot. */
export const reduceReconnect = (state: MachinesState): MachinesState => ({
  ...state,
  status: state.status === 'loading' ? 'loading' : 'stale',
  waiting: [],
});

export const createMachinesStore = (): StoreApi<MachinesState> => createStore(() => initialMachines);

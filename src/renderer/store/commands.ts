// The engine's queue as the window shows it: commands that wait, run, or ended lately. Pure reducers; store/sync.ts feeds them.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { assertNever } from '../../common/base/assert-never.ts';
import type { CommandRecord, CommandState } from '../../common/model/command.ts';

export interface CommandsState {
  readonly commands: ReadonlyMap<number, CommandRecord>;
  /** Ended commands that the person took off the list. */
  readonly dismissed: ReadonlySet<number>;
}

export const initialCommands: CommandsState = { commands: new Map(), dismissed: new Set() };

const KEPT = 100;

const rank = (state: CommandState): number => {
  switch (state) {
    case 'queued':
      return 0;
    case 'running':
      return 1;
    case 'done':
    case 'failed':
    case 'cancelled':
      return 2;
    default:
      return assertNever(state);
  }
};

export const isEnded = (command: CommandRecord): boolean => rank(command.state) === 2;

/** The newest ones, and all that have not ended. */
function trim(commands: ReadonlyMap<number, CommandRecord>): ReadonlyMap<number, CommandRecord> {
  const excess = commands.size - KEPT;
  if (excess <= 0) return commands;
  const ended = [...commands.values()].filter(isEnded).sort((a, b) => a.id - b.id);
  const drop = new Set(ended.slice(0, excess).map((command) => command.id));
  return new Map([...commands].filter(([id]) => !drop.has(id)));
}

/** Takes in one record; a command never goes back from ended to running, in whichever order list and events come. */
export function reduceCommand(state: CommandsState, record: CommandRecord): CommandsState {
  const known = state.commands.get(record.id);
  if (known && rank(known.state) > rank(record.state)) return state;
  return { ...state, commands: trim(new Map(state.commands).set(record.id, record)) };
}

/** The engine's own list at a new connection. Numbers of another engine mean nothing any more. */
export function reduceCommandList(
  state: CommandsState,
  records: readonly CommandRecord[],
  isNewEngine: boolean,
): CommandsState {
  const start = isNewEngine ? initialCommands : state;
  return records.reduce(reduceCommand, start);
}

export const reduceDismiss = (state: CommandsState, ids: readonly number[]): CommandsState => ({
  ...state,
  dismissed: new Set([...state.dismissed, ...ids]),
});

/** Newest first, without what was dismissed and without small things that went well long ago. */
export const visibleCommands = (state: CommandsState): readonly CommandRecord[] =>
  [...state.commands.values()].filter((command) => !state.dismissed.has(command.id)).sort((a, b) => b.id - a.id);

export const activeCommands = (state: CommandsState): readonly CommandRecord[] =>
  visibleCommands(state).filter((command) => !isEnded(command));

/** The command under way for a machine, the running one before a queued one. */
export function commandOf(state: CommandsState, machine: { uuid: string; name: string }): CommandRecord | undefined {
  const own = activeCommands(state).filter(
    (command) =>
      command.domain?.uuid === machine.uuid || (!command.domain?.uuid && command.domain?.name === machine.name),
  );
  return own.find((command) => command.state === 'running') ?? own[0];
}

export const createCommandsStore = (): StoreApi<CommandsState> => createStore(() => initialCommands);

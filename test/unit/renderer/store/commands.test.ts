import { describe, expect, it } from 'vitest';
import type { CommandRecord, CommandState } from '../../../../src/common/model/command.ts';
import {
  activeCommands,
  commandOf,
  initialCommands,
  reduceCommand,
  reduceCommandList,
  reduceDismiss,
  visibleCommands,
} from '../../../../src/renderer/store/commands.ts';

const record = (id: number, state: CommandState, domain?: CommandRecord['domain']): CommandRecord => ({
  id,
  procedure: 'domain.start',
  label: `Start ${id}`,
  state,
  canCancel: false,
  queuedAt: id,
  ...(domain ? { domain } : {}),
});
const web = { uuid: 'u1', name: 'web' };

describe('the list of commands', () => {
  it('never takes an ended command back to running, in whichever order list and events come', () => {
    const done = reduceCommand(initialCommands, record(1, 'done'));
    expect(reduceCommandList(done, [record(1, 'running')], false).commands.get(1)?.state).toBe('done');
  });

  it('forgets the commands of another engine', () => {
    const old = reduceCommand(initialCommands, record(7, 'done'));
    const next = reduceCommandList(old, [record(1, 'running')], true);
    expect([...next.commands.keys()]).toEqual([1]);
  });

  it('shows the newest first and leaves out what was cleared', () => {
    const state = [record(1, 'done'), record(2, 'failed'), record(3, 'running')].reduce(reduceCommand, initialCommands);
    expect(visibleCommands(reduceDismiss(state, [2])).map((command) => command.id)).toEqual([3, 1]);
  });

  it('keeps a hundred commands, and never drops one that has not ended', () => {
    let state = reduceCommand(initialCommands, record(1, 'running'));
    for (let id = 2; id <= 300; id += 1) state = reduceCommand(state, record(id, 'done'));
    expect(state.commands.size).toBe(100);
    expect(activeCommands(state).map((command) => command.id)).toEqual([1]);
  });

  it('finds the running command of a machine before a waiting one', () => {
    const state = [
      record(1, 'queued', web),
      record(2, 'running', web),
      record(3, 'running', { uuid: 'u2', name: 'db' }),
    ].reduce(reduceCommand, initialCommands);
    expect(commandOf(state, web)?.id).toBe(2);
  });

  it('finds a command that names its machine only by name', () => {
    const state = reduceCommand(initialCommands, record(1, 'running', { name: 'web' }));
    expect(commandOf(state, web)?.id).toBe(1);
  });
});

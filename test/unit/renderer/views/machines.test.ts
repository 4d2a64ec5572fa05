import { describe, expect, it } from 'vitest';
import { MACHINE_VERBS } from '../../../../src/renderer/store/actions.ts';
import { listMove } from '../../../../src/renderer/views/machines/list-keys.ts';
import { machineMenuRows } from '../../../../src/renderer/views/machines/machine-menu.ts';
import { filterMachines, findByPrefix, sortMachines } from '../../../../src/renderer/views/machines/machine-order.ts';
import {
  pauseVerb,
  severalVerbs,
  VERBS,
  verbHint,
  verbLabel,
} from '../../../../src/renderer/views/machines/machine-verbs.ts';
import { demoMachines, manyMachines } from '../../../helpers/demo-machines.ts';

const machines = demoMachines();
const noop = (): void => undefined;
const names = (list: readonly { name: string }[]): string[] => list.map((machine) => machine.name);
const named = (name: string) => machines.find((machine) => machine.name === name) ?? machines[0];

describe('the list of machines', () => {
  it('finds by every word, in name, state and system', () => {
    expect(names(filterMachines(machines, 'debian running'))).toEqual(['web-server', 'ci-runner-17']);
    expect(names(filterMachines(machines, 'home assistant'))).toEqual(['homeassistant']);
    expect(names(filterMachines(machines, 'saved'))).toEqual(['mail-archive', 'staging']);
    expect(filterMachines(machines, '  ')).toHaveLength(machines.length);
  });

  it('sorts numbers in names as numbers', () => {
    const sorted = sortMachines(
      manyMachines(12).map((machine, index) => ({ ...machine, name: `vm${index + 1}` })),
      'name',
      () => 0,
    );
    expect(names(sorted).slice(0, 3)).toEqual(['vm1', 'vm2', 'vm3']);
    expect(names(sorted).at(-1)).toBe('vm12');
  });

  it('puts what crashed first by state, and the hungriest first by CPU', () => {
    expect(sortMachines(machines, 'state', () => 0)[0]?.state).toBe('crashed');
    const cpu = (uuid: string): number => (uuid === named('kiosk')?.uuid ? 90 : 1);
    expect(sortMachines(machines, 'cpu', cpu)[0]?.name).toBe('kiosk');
  });

  it('finds the next name that begins with what is typed, going round', () => {
    const sorted = sortMachines(machines, 'name', () => 0);
    const first = findByPrefix(sorted, 'k', 0) ?? -1;
    const second = findByPrefix(sorted, 'k', first + 1) ?? -1;
    expect([sorted[first]?.name, sorted[second]?.name]).toEqual(['kiosk', 'kvm-test']);
    expect(findByPrefix(sorted, 'k', second + 1)).toBe(first);
    expect(findByPrefix(sorted, 'zz', 0)).toBeUndefined();
  });
});

describe('a key in the list', () => {
  const place = { index: 2, length: 10, pageSize: 4 };
  const press = (key: string, more = {}) => listMove({ key, ctrl: false, shift: false, alt: false, ...more }, place);

  it.each([
    ['ArrowDown', 3],
    ['ArrowUp', 1],
    ['Home', 0],
    ['End', 9],
    ['PageDown', 6],
    ['PageUp', 0],
  ])('%s moves to row %i', (key, to) => {
    expect(press(key)).toEqual({ kind: 'move', to, extends: false });
  });

  it('with Shift extends the selection', () => {
    expect(press('ArrowDown', { shift: true })).toEqual({ kind: 'move', to: 3, extends: true });
  });

  it.each([
    ['Enter', {}, 'open'],
    ['Delete', {}, 'delete'],
    ['F10', { shift: true }, 'menu'],
    ['ContextMenu', {}, 'menu'],
    ['a', { ctrl: true }, 'all'],
    [' ', { ctrl: true }, 'toggle'],
    ['a', {}, 'find'],
    ['n', { ctrl: true }, 'nothing'],
    ['F5', {}, 'nothing'],
  ])('%s %o means %s', (key, more, kind) => {
    expect(press(key, more).kind).toBe(kind);
  });

  it('does nothing in an empty list', () => {
    const empty = { index: -1, length: 0, pageSize: 4 };
    expect(listMove({ key: 'ArrowDown', ctrl: false, shift: false, alt: false }, empty)).toEqual({ kind: 'nothing' });
  });
});

describe('what can be done to a machine', () => {
  const allowed = (name: string): string[] => {
    const machine = named(name);
    return machine ? MACHINE_VERBS.filter((verb) => VERBS[verb].isAllowed(machine)) : [];
  };
  it.each([
    ['windows-11', ['start']],
    ['old-router', ['start']],
    ['build-farm', ['shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'managedSave', 'injectNmi']],
    ['database', ['reset', 'destroy', 'resume', 'managedSave']],
    ['kiosk', ['shutdown', 'reset', 'destroy']],
    ['laptop-copy', ['reset', 'destroy', 'pmWakeup']],
    ['mail-archive', ['start', 'managedSaveRemove']],
    // while its memory is written it goes on or ends by itself
    ['design-studio', ['reset', 'destroy']],
    // a temporary machine has no definition that a saved state could be restored to
    ['ci-runner-17', ['shutdown', 'reboot', 'reset', 'destroy', 'suspend', 'injectNmi']],
  ])('%s allows %o', (name, verbs) => {
    expect(allowed(name)).toEqual(verbs);
  });

  const one = (name: string) => {
    const machine = named(name);
    if (!machine) throw new Error(`the demo host has no ${name}`);
    return machine;
  };

  it('is called by what it means in its state', () => {
    expect([verbLabel('start', one('mail-archive')), verbHint('start', one('mail-archive'))]).toEqual([
      'Restore',
      'go on where it was saved',
    ]);
    expect(verbLabel('start', one('windows-11'))).toBe('Start');
  });

  it('has one place for what ends or begins a rest', () => {
    expect(['build-farm', 'database', 'laptop-copy', 'windows-11'].map((name) => pauseVerb(one(name)))).toEqual([
      'suspend',
      'resume',
      'pmWakeup',
      'suspend',
    ]);
  });

  it('offers the rare verbs on several machines only where one of them calls for it', () => {
    expect(severalVerbs([one('build-farm'), one('windows-11')])).toContain('managedSave');
    expect(severalVerbs([one('build-farm'), one('windows-11')])).not.toContain('managedSaveRemove');
    expect(severalVerbs([one('mail-archive'), one('laptop-copy')])).toEqual(
      expect.arrayContaining(['managedSaveRemove', 'pmWakeup']),
    );
  });
});

describe('the menu of a machine', () => {
  it.each(machines.map((machine) => [machine.name, machine] as const))('has each row once: %s', (_, machine) => {
    const rows = machineMenuRows({ machine, commands: { run: noop, ask: noop, sleep: noop }, onOpen: noop });
    const ids = rows.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

// Rows of a machine's menu: the same under its toolbar's button and at a right click.
import {
  AlarmClock,
  Bug,
  CirclePause,
  CirclePower,
  Eraser,
  Pencil,
  Play,
  Power,
  RotateCcw,
  RotateCw,
  Save,
  SquareArrowOutUpRight,
  Trash2,
} from 'lucide-react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import type { MenuRow } from '../../components/menu.tsx';
import type { MachineVerb } from '../../store/actions.ts';
import { pauseVerb, VERBS, verbHint, verbLabel } from './machine-verbs.ts';
import type { MachineCommands } from './use-machine-commands.ts';

export const VERB_ICONS = {
  start: Play,
  suspend: CirclePause,
  resume: Play,
  shutdown: Power,
  reboot: RotateCw,
  reset: RotateCcw,
  destroy: CirclePower,
  managedSave: Save,
  managedSaveRemove: Eraser,
  pmWakeup: AlarmClock,
  injectNmi: Bug,
} as const;

export const verbRow = (verb: MachineVerb, machine: DomainSummary, commands: MachineCommands): MenuRow => ({
  kind: 'item',
  id: verb,
  label: verbLabel(verb, machine),
  hint: verbHint(verb, machine),
  icon: VERB_ICONS[verb],
  isDanger: verb === 'destroy' || verb === 'reset' || verb === 'managedSaveRemove',
  isDisabled: !VERBS[verb].isAllowed(machine),
  onAction: () => commands.run(verb, [machine.uuid]),
});

export interface MachineMenuOptions {
  readonly machine: DomainSummary;
  readonly commands: MachineCommands;
  readonly onOpen?: () => void;
}

export function machineMenuRows({ machine, commands, onOpen }: MachineMenuOptions): readonly MenuRow[] {
  const row = (verb: MachineVerb): MenuRow => verbRow(verb, machine, commands);
  const open: readonly MenuRow[] = onOpen
    ? [
        { kind: 'item', id: 'open', label: 'Open', icon: SquareArrowOutUpRight, onAction: onOpen },
        { kind: 'separator', id: 'after-open' },
      ]
    : [];
  return [
    ...open,
    row('start'),
    row(pauseVerb(machine)),
    machine.hasManagedSave ? row('managedSaveRemove') : row('managedSave'),
    row('shutdown'),
    row('reboot'),
    { kind: 'separator', id: 'before-force' },
    row('reset'),
    row('destroy'),
    row('injectNmi'),
    { kind: 'separator', id: 'before-delete' },
    {
      kind: 'item',
      id: 'describe',
      label: 'Name and description…',
      icon: Pencil,
      onAction: () => commands.askDescribe(machine.uuid),
    },
    {
      kind: 'item',
      id: 'delete',
      label: 'Delete…',
      icon: Trash2,
      isDanger: true,
      onAction: () => commands.askDelete(machine.uuid),
    },
  ];
}

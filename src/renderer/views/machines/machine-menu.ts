// Rows of a machine's menu: the same under its toolbar's button and at a right click.
import {
  AlarmClock,
  Bug,
  CirclePause,
  CirclePower,
  Cpu,
  Eraser,
  FileDown,
  type LucideIcon,
  Moon,
  Pencil,
  Play,
  Power,
  RotateCcw,
  RotateCw,
  Save,
  SlidersHorizontal,
  SquareArrowOutUpRight,
  Trash2,
} from 'lucide-react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import type { MenuRow } from '../../components/menu.tsx';
import type { MachineVerb } from '../../store/actions.ts';
import { isMemoryFree, pauseVerb, VERBS, verbHint, verbLabel } from './machine-verbs.ts';
import type { MachineCommands, MachineQuestion } from './use-machine-commands.ts';

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

const sleepRow = (machine: DomainSummary, commands: MachineCommands): MenuRow => ({
  kind: 'item',
  id: 'sleep',
  label: 'Sleep',
  hint: 'ask the system inside',
  icon: Moon,
  onAction: () => commands.sleep(machine.uuid),
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
  const ask = (kind: MachineQuestion, label: string, icon: LucideIcon, isDanger = false): MenuRow => ({
    kind: 'item',
    id: `ask-${kind}`,
    label,
    icon,
    isDanger,
    onAction: () => commands.ask(kind, machine.uuid),
  });
  return [
    ...open,
    row('start'),
    ...(machine.isActive ? [] : [ask('start', 'Start in another way…', SlidersHorizontal)]),
    row(pauseVerb(machine)),
    ...(machine.agent === 'connected' && machine.state === 'running' ? [sleepRow(machine, commands)] : []),
    machine.hasManagedSave ? row('managedSaveRemove') : row('managedSave'),
    ...(isMemoryFree(machine) ? [ask('save', 'Save to a file…', FileDown)] : []),
    row('shutdown'),
    row('reboot'),
    { kind: 'separator', id: 'before-force' },
    row('reset'),
    row('destroy'),
    row('injectNmi'),
    ...(isMemoryFree(machine) ? [ask('dump', 'Dump memory…', Cpu)] : []),
    { kind: 'separator', id: 'before-delete' },
    ask('describe', 'Name and description…', Pencil),
    ask('delete', 'Delete…', Trash2, true),
  ];
}

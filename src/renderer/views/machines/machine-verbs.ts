// What can be done to a machine in its state: one table for toolbar, context menu and selection. Pure.
import type { DomainSummary } from '../../../common/model/domain.ts';
import type { MachineVerb } from '../../store/actions.ts';
import { CONFIRMATIONS, type Confirmation } from '../../store/settings.ts';

export interface VerbEntry {
  readonly verb: MachineVerb;
  readonly label: string;
  /** What it does, for a tooltip or menu hint. */
  readonly hint: string;
  readonly isAllowed: (machine: DomainSummary) => boolean;
  /** Instead of `label`, where the machine's state gives it another meaning. */
  readonly labelFor?: (machine: DomainSummary) => string;
  readonly hintFor?: (machine: DomainSummary) => string;
}

/** It stands still only while its memory is written, and goes on or ends by itself. */
const isBeingWritten = ({ reason }: DomainSummary): boolean => reason === 'saving' || reason === 'dumping';

/** Whether its memory can be written to a file: it is there, and nobody writes it already. */
export const isMemoryFree = (machine: DomainSummary): boolean =>
  (machine.state === 'running' || machine.state === 'paused') && !isBeingWritten(machine);

const runs = (machine: DomainSummary): boolean =>
  machine.state === 'running' || (machine.isActive && machine.state === 'shutdown');

export const VERBS: Readonly<Record<MachineVerb, VerbEntry>> = {
  start: {
    verb: 'start',
    label: 'Start',
    hint: 'turn it on',
    isAllowed: (machine) => !machine.isActive,
    labelFor: (machine) => (machine.hasManagedSave ? 'Restore' : 'Start'),
    hintFor: (machine) => (machine.hasManagedSave ? 'go on where it was saved' : 'turn it on'),
  },
  suspend: {
    verb: 'suspend',
    label: 'Pause',
    hint: 'freeze it where it is',
    isAllowed: (machine) => machine.state === 'running',
  },
  resume: {
    verb: 'resume',
    label: 'Resume',
    hint: 'go on',
    isAllowed: (machine) => machine.state === 'paused' && !isBeingWritten(machine),
  },
  shutdown: { verb: 'shutdown', label: 'Shut down', hint: 'ask the system inside', isAllowed: runs },
  reboot: {
    verb: 'reboot',
    label: 'Reboot',
    hint: 'ask the system inside',
    isAllowed: (machine) => machine.state === 'running',
  },
  reset: { verb: 'reset', label: 'Reset', hint: 'like the reset button', isAllowed: (machine) => machine.isActive },
  destroy: { verb: 'destroy', label: 'Force off', hint: 'pull the plug', isAllowed: (machine) => machine.isActive },
  managedSave: {
    verb: 'managedSave',
    label: 'Save',
    hint: 'keep its state on disk, go on later',
    isAllowed: (machine) => machine.isPersistent && isMemoryFree(machine),
  },
  managedSaveRemove: {
    verb: 'managedSaveRemove',
    label: 'Discard saved state',
    hint: 'the next start boots it',
    isAllowed: (machine) => !machine.isActive && machine.hasManagedSave === true,
  },
  pmWakeup: {
    verb: 'pmWakeup',
    label: 'Wake up',
    hint: 'it sleeps',
    isAllowed: (machine) => machine.state === 'pmsuspended',
  },
  injectNmi: {
    verb: 'injectNmi',
    label: 'Inject NMI',
    hint: 'for debugging the system inside',
    isAllowed: (machine) => machine.state === 'running',
  },
};

/** What the verb is called on this machine. */
export const verbLabel = (verb: MachineVerb, machine: DomainSummary): string =>
  VERBS[verb].labelFor?.(machine) ?? VERBS[verb].label;

export const verbHint = (verb: MachineVerb, machine: DomainSummary): string =>
  VERBS[verb].hintFor?.(machine) ?? VERBS[verb].hint;

/** The one verb of the three that ends or begins a rest, whichever the machine's state calls for. */
export const pauseVerb = ({ state }: DomainSummary): MachineVerb => {
  if (state === 'pmsuspended') return 'pmWakeup';
  return state === 'paused' ? 'resume' : 'suspend';
};

/** Verbs on several machines at once: the usual ones in the order of the toolbar, and the rare ones only where a machine calls for them. */
const SEVERAL: readonly MachineVerb[] = [
  'start',
  'suspend',
  'resume',
  'managedSave',
  'shutdown',
  'reboot',
  'reset',
  'destroy',
];
const RARE: readonly MachineVerb[] = ['pmWakeup', 'managedSaveRemove'];
export const severalVerbs = (machines: readonly DomainSummary[]): readonly MachineVerb[] => [
  ...SEVERAL,
  ...RARE.filter((verb) => machines.some(VERBS[verb].isAllowed)),
];

export const asConfirmation = (verb: MachineVerb): Confirmation | undefined =>
  CONFIRMATIONS.find((confirmation) => confirmation === verb);

/** Those of `machines` that allow `verb` now. */
export const allowing = (verb: MachineVerb, machines: readonly DomainSummary[]): readonly DomainSummary[] =>
  machines.filter(VERBS[verb].isAllowed);

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
}

const runs = (machine: DomainSummary): boolean =>
  machine.state === 'running' || (machine.isActive && machine.state === 'shutdown');

export const VERBS: Readonly<Record<MachineVerb, VerbEntry>> = {
  start: { verb: 'start', label: 'Start', hint: 'turn it on', isAllowed: (machine) => !machine.isActive },
  suspend: {
    verb: 'suspend',
    label: 'Pause',
    hint: 'freeze it where it is',
    isAllowed: (machine) => machine.state === 'running',
  },
  resume: { verb: 'resume', label: 'Resume', hint: 'go on', isAllowed: (machine) => machine.state === 'paused' },
  shutdown: { verb: 'shutdown', label: 'Shut down', hint: 'ask the system inside', isAllowed: runs },
  reboot: {
    verb: 'reboot',
    label: 'Reboot',
    hint: 'ask the system inside',
    isAllowed: (machine) => machine.state === 'running',
  },
  reset: { verb: 'reset', label: 'Reset', hint: 'like the reset button', isAllowed: (machine) => machine.isActive },
  destroy: { verb: 'destroy', label: 'Force off', hint: 'pull the plug', isAllowed: (machine) => machine.isActive },
};

export const asConfirmation = (verb: MachineVerb): Confirmation | undefined =>
  CONFIRMATIONS.find((confirmation) => confirmation === verb);

/** Those of `machines` that allow `verb` now. */
export const allowing = (verb: MachineVerb, machines: readonly DomainSummary[]): readonly DomainSummary[] =>
  machines.filter(VERBS[verb].isAllowed);

// States and reasons in words: never an icon or a colour alone.
import { assertNever } from '../../common/base/assert-never.ts';
import type { DomainReason, DomainState, DomainSummary } from '../../common/model/domain.ts';

export const stateText = (state: DomainState): string => {
  switch (state) {
    case 'running':
      return 'Running';
    case 'paused':
      return 'Paused';
    case 'shutdown':
      return 'Shutting down';
    case 'shutoff':
      return 'Shut off';
    case 'crashed':
      return 'Crashed';
    case 'pmsuspended':
      return 'Asleep';
    default:
      return assertNever(state);
  }
};

/** The state as people see it: a machine that is off and has a saved state is 'Saved'. */
export const machineStateText = (machine: Pick<DomainSummary, 'state' | 'hasManagedSave'>): string =>
  machine.state === 'shutoff' && machine.hasManagedSave ? 'Saved' : stateText(machine.state);

/** Order in a list sorted by state: what needs or does something comes first. */
const ORDER: Readonly<Record<DomainState, number>> = {
  crashed: 0,
  running: 1,
  shutdown: 2,
  paused: 3,
  pmsuspended: 4,
  shutoff: 5,
};
export const stateOrder = (state: DomainState): number => ORDER[state];

const REASONS: Partial<Record<DomainReason, string>> = {
  crashed: 'QEMU ended unexpectedly',
  user: 'you paused it',
  ioerror: 'a disk had an error; free some space or repair the disk, then resume',
  watchdog: 'its watchdog ran out',
  'starting up': 'it is starting',
  'shutting down': 'it is shutting down',
  shutdown: 'the system inside shut down',
  destroyed: 'it was forced off',
  failed: 'it could not start',
  panicked: 'the system inside crashed',
  daemon: 'Vivarium stopped it',
  guest: 'the system inside asked for it',
  saving: 'its memory is being saved',
  dumping: 'its memory is being dumped',
  saved: 'its state was saved',
};

/** 'Paused: a disk had an error …', or the state alone where the reason adds nothing. */
export function stateWithReason(summary: Pick<DomainSummary, 'state' | 'reason'>): string {
  const reason = REASONS[summary.reason];
  return reason ? `${stateText(summary.state)}: ${reason}` : stateText(summary.state);
}

/** What a machine is called in the window: its title where it has one. */
export const displayName = (summary: Pick<DomainSummary, 'name' | 'title'>): string => summary.title || summary.name;

export const acceleratorText = (accelerator: 'kvm' | 'tcg'): string =>
  accelerator === 'kvm' ? 'KVM (hardware virtualisation)' : 'TCG (software emulation, slow)';

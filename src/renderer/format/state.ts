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

type StateOf = Pick<DomainSummary, 'state' | 'hasManagedSave'> & { readonly reason?: DomainReason };

/** What a machine looks like: one that is off and has a saved state is neither off nor paused to a person, but saved. */
export type StateLook = DomainState | 'saved';
export const stateLook = ({ state, hasManagedSave }: StateOf): StateLook =>
  state === 'shutoff' && hasManagedSave ? 'saved' : state;

/** The state as people see it. */
export const machineStateText = (machine: StateOf): string => {
  const look = stateLook(machine);
  if (look === 'paused' && machine.reason === 'saving') return 'Saving';
  return look === 'saved' ? 'Saved' : stateText(look);
};

/** Order in a list sorted by state: what needs or does something comes first. */
const ORDER: Readonly<Record<StateLook, number>> = {
  crashed: 0,
  running: 1,
  shutdown: 2,
  paused: 3,
  pmsuspended: 4,
  saved: 5,
  shutoff: 6,
};
export const stateOrder = (machine: StateOf): number => ORDER[stateLook(machine)];

const REASONS: Partial<Record<DomainReason, string>> = {
  crashed: 'QEMU ended unexpectedly',
  user: 'you paused it',
  ioerror: 'a disk had an error',
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
export function stateWithReason(summary: Pick<DomainSummary, 'state' | 'reason' | 'hasManagedSave'>): string {
  if (stateLook(summary) === 'saved') return 'Saved: the next start goes on where it was';
  const reason = REASONS[summary.reason];
  return reason ? `${stateText(summary.state)}: ${reason}` : stateText(summary.state);
}

export interface DiskError {
  readonly target: string;
  readonly error: 'unspecified' | 'no space';
}

/** 'Paused: there is no space left for disk vda. …', with the way out. */
export function diskPauseTitle(errors: readonly DiskError[]): string {
  const names = errors.map(({ target }) => target).join(', ');
  const disks = `${errors.length === 1 ? 'disk' : 'disks'} ${names}`;
  if (errors.length === 0) return 'Paused: a disk had an error. Repair it, then try again.';
  return errors.every(({ error }) => error === 'no space')
    ? `Paused: there is no space left for ${disks}. Free some, then try again.`
    : `Paused: ${disks} had an error. Repair it, then try again.`;
}

/** What a machine is called in the window: its title where it has one. */
export const displayName = (summary: Pick<DomainSummary, 'name' | 'title'>): string => summary.title || summary.name;

export const acceleratorText = (accelerator: 'kvm' | 'tcg'): string =>
  accelerator === 'kvm' ? 'KVM (hardware virtualisation)' : 'TCG (software emulation, slow)';

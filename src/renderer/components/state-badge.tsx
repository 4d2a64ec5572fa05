// A machine's state: icon, word and colour together.
import { CircleAlert, CirclePause, CirclePower, type LucideIcon, Moon, Play, Power, Save } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../common/model/domain.ts';
import { machineStateText, type StateLook, stateLook } from '../format/state.ts';

const ICONS: Readonly<Record<StateLook, LucideIcon>> = {
  running: Play,
  paused: CirclePause,
  shutdown: CirclePower,
  shutoff: Power,
  saved: Save,
  crashed: CircleAlert,
  pmsuspended: Moon,
};

type StateOf = Pick<DomainSummary, 'state' | 'reason' | 'hasManagedSave'>;

export interface StateProps {
  readonly machine: StateOf;
  readonly isBadge?: boolean;
}

export function StateIcon({ machine, size = 14 }: { readonly machine: StateOf; readonly size?: number }): ReactNode {
  const look = stateLook(machine);
  const Icon = ICONS[look];
  return <Icon size={size} aria-hidden {...(look === 'running' ? { fill: 'currentColor' } : {})} />;
}

export function StateBadge({ machine, isBadge }: StateProps): ReactNode {
  return (
    <span className={`state ${stateLook(machine)} ${isBadge ? 'badge' : ''}`}>
      <StateIcon machine={machine} size={13} />
      <span>{machineStateText(machine)}</span>
    </span>
  );
}

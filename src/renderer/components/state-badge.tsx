// A machine's state: icon, word and colour together.
import { CircleAlert, CirclePause, CirclePower, type LucideIcon, Moon, Play, Power } from 'lucide-react';
import type { ReactNode } from 'react';
import type { DomainState } from '../../common/model/domain.ts';
import { stateText } from '../format/state.ts';

const ICONS: Readonly<Record<DomainState, LucideIcon>> = {
  running: Play,
  paused: CirclePause,
  shutdown: CirclePower,
  shutoff: Power,
  crashed: CircleAlert,
  pmsuspended: Moon,
};

export interface StateProps {
  readonly state: DomainState;
  readonly isBadge?: boolean;
  /** Said instead of the state's own word, such as 'Starting'. */
  readonly text?: string;
}

export function StateIcon({ state, size = 14 }: { readonly state: DomainState; readonly size?: number }): ReactNode {
  const Icon = ICONS[state];
  return <Icon size={size} aria-hidden {...(state === 'running' ? { fill: 'currentColor' } : {})} />;
}

export function StateBadge({ state, isBadge, text }: StateProps): ReactNode {
  return (
    <span className={`state ${state} ${isBadge ? 'badge' : ''}`}>
      <StateIcon state={state} size={13} />
      <span>{text ?? stateText(state)}</span>
    </span>
  );
}

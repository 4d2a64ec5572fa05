// The bar over a console that fills the screen: it shows itself when the pointer comes to the upper edge, and for a moment at first.
import { type ReactNode, useEffect, useState } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { StateBadge } from '../../components/state-badge.tsx';
import { displayName } from '../../format/state.ts';

const SHOWN_MS = 2500;

export function FullScreenBar({
  machine,
  children,
}: {
  readonly machine: DomainSummary;
  readonly children: ReactNode;
}): ReactNode {
  const [isFresh, setFresh] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setFresh(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={isFresh ? 'full-bar-zone fresh' : 'full-bar-zone'}>
      <div className="full-bar" role="toolbar" aria-label={`Console of ${machine.name}`}>
        <span className="truncate">{displayName(machine)}</span>
        <StateBadge machine={machine} />
        {children}
      </div>
    </div>
  );
}

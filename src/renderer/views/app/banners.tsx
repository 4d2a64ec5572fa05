// What holds for the whole window: the engine is away, or this host is slow.
import { Cpu, PlugZap } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { useApp, useHost } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { formatRoute } from '../../routes.ts';

/** An engine that hands over to the next one is back before this: nobody needs to hear of it. */
const GRACE_MS = 700;

/** Whether `isTrue` has held for `delayMs`. */
function useLasting(isTrue: boolean, delayMs: number): boolean {
  const [isLasting, setLasting] = useState(false);
  useEffect(() => {
    setLasting(false);
    if (!isTrue) return;
    const timer = setTimeout(() => setLasting(true), delayMs);
    return () => clearTimeout(timer);
  }, [isTrue, delayMs]);
  return isTrue && isLasting;
}

export function ConnectionBanner(): ReactNode {
  const { connection } = useApp();
  const state = useStore(connection.state);
  const isAway = useLasting(state.kind === 'lost', GRACE_MS);
  if (!isAway || state.kind !== 'lost') return null;
  return (
    <div className="window-banner bad" role="alert">
      <PlugZap size={16} aria-hidden />
      <span className="window-banner-text">
        <b>Connection to Vivarium lost.</b> Your machines go on running. Connecting again…
        {state.attempts >= 4 && ' If you ended Vivarium, start it again with “npm start”.'}
      </span>
      <Button label="Connect now" small onPress={() => connection.retry()} />
    </div>
  );
}

const withStop = (text: string): string => `${text.replace(/\.$/, '')}.`;

export function HostBanner(): ReactNode {
  const host = useHost((state) => state.host);
  const [isHidden, setHidden] = useState(false);
  if (host?.accelerator !== 'tcg' || isHidden) return null;
  return (
    <div className="window-banner warn" role="status">
      <Cpu size={16} aria-hidden />
      <span className="window-banner-text">
        <b>Machines run slowly here, by software emulation.</b> {withStop(host.acceleratorReason ?? 'KVM is not there')}{' '}
        <a href={formatRoute({ kind: 'doctor' })}>What to do</a>
      </span>
      <Button label="Hide" small variant="quiet" onPress={() => setHidden(true)} />
    </div>
  );
}

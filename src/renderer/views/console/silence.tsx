// A console on which nothing stands looks broken. After a restore it is so until the system inside writes again: a press of Enter brings its prompt.
import type { Terminal } from '@xterm/xterm';
import { type ReactNode, useEffect, useState } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';

/** What the engine replays is there before this. */
const REPLAY_MS = 700;

const isEmpty = ({ buffer: { active } }: Terminal): boolean =>
  active.baseY === 0 && active.cursorY === 0 && active.cursorX === 0;

function useSilence(terminal: Terminal | undefined, isConnected: boolean): boolean {
  const [isSilent, setSilent] = useState(false);
  useEffect(() => {
    setSilent(false);
    if (!terminal || !isConnected) return;
    const timer = setTimeout(() => setSilent(isEmpty(terminal)), REPLAY_MS);
    const heard = terminal.onWriteParsed(() => setSilent(false));
    return () => {
      clearTimeout(timer);
      heard.dispose();
    };
  }, [terminal, isConnected]);
  return isSilent;
}

export interface SilenceProps {
  readonly machine: DomainSummary;
  readonly terminal: Terminal | undefined;
  readonly isConnected: boolean;
}

export function Silence({ machine, terminal, isConnected }: SilenceProps): ReactNode {
  const isSilent = useSilence(terminal, isConnected && machine.state === 'running');
  if (!isSilent) return null;
  return (
    <div className="console-notice quiet" role="status">
      {machine.reason === 'restored'
        ? 'Restored where it was; what stood here before is not kept. Press Enter to go on.'
        : 'Nothing has been written here yet.'}
    </div>
  );
}

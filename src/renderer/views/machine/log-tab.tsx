// The end of QEMU's log of this machine.
import { RotateCw } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { DetailsGate } from './details-gate.tsx';
import { useDetails } from './use-details.ts';

export function LogTab({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const state = useDetails(machine.uuid);
  const box = useRef<HTMLElement>(null);
  const text = state.kind === 'ready' ? (state.data.logTail ?? '') : '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: new text is what calls for scrolling
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [text]);
  return (
    <DetailsGate state={state}>
      {(details) => (
        <div className="log-tab">
          <div className="pane-head">
            <span className="truncate mono" title={details.logPath}>
              {details.logPath ?? 'No log yet'}
            </span>
            <Button label="Refresh" icon={RotateCw} small onPress={state.refresh} />
            <CopyButton text={text} label="Copy the log" iconOnly={false} />
          </div>
          {text === '' ? (
            <p className="list-note">
              QEMU has not written anything for this machine yet. It does when the machine starts.
            </p>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
            <section className="log-text" ref={box} tabIndex={0} aria-label="QEMU’s log">
              <pre>{text}</pre>
            </section>
          )}
        </div>
      )}
    </DetailsGate>
  );
}

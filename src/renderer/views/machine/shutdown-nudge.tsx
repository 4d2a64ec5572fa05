// A guest may ignore being asked to shut down: it is still starting, has no ACPI, or asks somebody on its screen. After a while the page says so and
// offers to ask again or to force it off, instead of leaving the person to wonder.
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useUi } from '../../app-context.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { forgetAsked } from '../../store/ui.ts';
import { useMachineCommands } from '../machines/use-machine-commands.ts';

const PATIENCE_MS = 15_000;

export function ShutdownNudge({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const { actions, stores } = useApp();
  const commands = useMachineCommands();
  const { uuid, isActive } = machine;
  const askedAt = useUi((state) => state.askedToShutDown.get(uuid));
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (askedAt === undefined) return;
    if (!isActive) return stores.ui.setState((state) => forgetAsked(state, uuid));
    const timer = setTimeout(() => setLate(true), Math.max(0, askedAt + PATIENCE_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [askedAt, isActive, stores, uuid]);
  if (!isLate || !isActive) return null;
  const forget = (): void => stores.ui.setState((state) => forgetAsked(state, uuid));
  return (
    <div className="machine-banner">
      <Banner
        tone="info"
        title="Still running, though it was asked to shut down"
        end={<Button label="Close this message" icon={X} iconOnly small variant="quiet" onPress={forget} />}
        actions={
          <>
            {machine.agent === 'connected' ? (
              <>
                <Button label="Ask the guest agent" small onPress={() => void actions.shutdownBy(uuid, 'agent')} />
                <Button label="Press its power button" small onPress={() => void actions.shutdownBy(uuid, 'acpi')} />
              </>
            ) : (
              <Button label="Ask again" small onPress={() => commands.run('shutdown', [uuid])} />
            )}
            <Button label="Force off…" small onPress={() => commands.run('destroy', [uuid])} />
          </>
        }
      >
        <p>The system inside may be busy, still starting, or waiting for an answer on its screen.</p>
      </Banner>
    </div>
  );
}

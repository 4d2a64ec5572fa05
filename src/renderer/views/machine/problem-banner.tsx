// What last went wrong with a machine, on its page, with the way out.
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { formatWhen } from '../../format/quantity.ts';
import { stateWithReason } from '../../format/state.ts';
import { ErrorActions } from '../activity/error-actions.tsx';
import { useMachineCommands } from '../machines/use-machine-commands.ts';

export function ProblemBanner({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const { problem } = machine;
  const commands = useMachineCommands();
  if (machine.state === 'paused' && machine.reason === 'ioerror' && !problem)
    return (
      <div className="machine-banner">
        <Banner tone="warn" title={stateWithReason(machine)} />
      </div>
    );
  if (!problem) return null;
  const advice = adviceFor(problem);
  return (
    <div className="machine-banner">
      <Banner
        tone={machine.isActive ? 'warn' : 'bad'}
        title={problem.message}
        detail={problem.detail}
        detailLabel="QEMU’s last words"
        actions={
          <>
            {!machine.isActive && machine.hasManagedSave && (
              <Button
                label="Discard the saved state…"
                small
                onPress={() => commands.run('managedSaveRemove', [machine.uuid])}
              />
            )}
            {machine.state === 'paused' && machine.reason === 'ioerror' && (
              <Button label="Try again" small onPress={() => commands.run('resume', [machine.uuid])} />
            )}
            <ErrorActions advice={advice} machine={machine.uuid} />
          </>
        }
      >
        <p>
          {advice.text} <span className="field-hint">{formatWhen(problem.at, Date.now())}</span>
        </p>
      </Banner>
    </div>
  );
}

// What last went wrong with a machine, on its page, with the way out.
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { formatWhen } from '../../format/quantity.ts';
import { diskPauseTitle } from '../../format/state.ts';
import { ErrorActions } from '../activity/error-actions.tsx';
import { useMachineCommands } from '../machines/use-machine-commands.ts';
import { useQuery } from '../use-query.ts';

const isStuckSave = ({ isActive, hasManagedSave }: DomainSummary): boolean => !isActive && hasManagedSave === true;
const isDiskPause = ({ state, reason }: DomainSummary): boolean => state === 'paused' && reason === 'ioerror';

/** QEMU stopped the guest at the write that failed, so that nothing is lost: whoever repairs the cause can have it tried again. */
function DiskPause({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const commands = useMachineCommands();
  const errors = useQuery('domain.blockErrors', { domain: machine.uuid }, { subject: machine });
  const { problem } = machine;
  return (
    <div className="machine-banner">
      <Banner
        tone="warn"
        title={diskPauseTitle(errors.kind === 'ready' ? errors.data.errors : [])}
        detail={problem?.detail ?? problem?.message}
        detailLabel="QEMU’s own words"
        actions={<Button label="Try again" small onPress={() => commands.run('resume', [machine.uuid])} />}
      >
        <p>
          Nothing is lost: what could not be read or written is tried again.{' '}
          {problem && <span className="field-hint">{formatWhen(problem.at, Date.now())}</span>}
        </p>
      </Banner>
    </div>
  );
}

export function ProblemBanner({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const { problem } = machine;
  const commands = useMachineCommands();
  if (isDiskPause(machine)) return <DiskPause machine={machine} />;
  if (!problem) return null;
  const advice = adviceFor(problem);
  // It would only fail again: the way out is to give the saved state up.
  const text = isStuckSave(machine)
    ? 'Repair the cause and restore it again. Or discard its saved state: then the next start boots it, as after a power cut.'
    : advice.text;
  return (
    <div className="machine-banner">
      <Banner
        tone={machine.isActive ? 'warn' : 'bad'}
        title={problem.message}
        detail={problem.detail}
        detailLabel="QEMU’s last words"
        actions={
          <>
            {isStuckSave(machine) && (
              <Button
                label="Discard the saved state…"
                small
                onPress={() => commands.run('managedSaveRemove', [machine.uuid])}
              />
            )}
            <ErrorActions advice={advice} machine={machine.uuid} />
          </>
        }
      >
        <p>
          {text} <span className="field-hint">{formatWhen(problem.at, Date.now())}</span>
        </p>
      </Banner>
    </div>
  );
}

// What last went wrong with a machine, on its page, with the way out.
import type { ReactNode } from 'react';
import type { DomainProblem, DomainSummary } from '../../../common/model/domain.ts';
import { Banner } from '../../components/banner.tsx';
import { Button } from '../../components/button.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { formatWhen } from '../../format/quantity.ts';
import { diskPauseTitle } from '../../format/state.ts';
import { ErrorActions } from '../activity/error-actions.tsx';
import { useMachineCommands } from '../machines/use-machine-commands.ts';
import { useQuery } from '../use-query.ts';

/** Its last start failed, and would have restored it. */
const isStuckSave = ({ isActive, hasManagedSave, reason }: DomainSummary): boolean =>
  !isActive && hasManagedSave === true && reason === 'failed';
const isDiskPause = ({ state, reason }: DomainSummary): boolean => state === 'paused' && reason === 'ioerror';

interface Problem {
  readonly machine: DomainSummary;
  readonly problem: DomainProblem;
}

const When = ({ problem }: Pick<Problem, 'problem'>): ReactNode => (
  <span className="field-hint">{formatWhen(problem.at, Date.now())}</span>
);

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
          Nothing is lost: what could not be read or written is tried again. {problem && <When problem={problem} />}
        </p>
      </Banner>
    </div>
  );
}

function StuckSave({ machine, problem }: Problem): ReactNode {
  const commands = useMachineCommands();
  return (
    <div className="machine-banner">
      <Banner
        tone="bad"
        title="Its saved state could not be restored"
        detail={[problem.message, problem.detail].filter(Boolean).join('\n')}
        detailLabel="What went wrong"
        actions={
          <>
            <Button
              label="Discard the saved state…"
              small
              onPress={() => commands.run('managedSaveRemove', [machine.uuid])}
            />
            <ErrorActions advice={adviceFor(problem)} machine={machine.uuid} />
          </>
        }
      >
        <p>
          Repair the cause and restore it again. Or discard the saved state: then the next start boots it, as after a
          power cut. <When problem={problem} />
        </p>
      </Banner>
    </div>
  );
}

export function ProblemBanner({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const { problem } = machine;
  if (isDiskPause(machine)) return <DiskPause machine={machine} />;
  if (!problem) return null;
  if (isStuckSave(machine)) return <StuckSave machine={machine} problem={problem} />;
  const advice = adviceFor(problem);
  return (
    <div className="machine-banner">
      <Banner
        tone={machine.isActive ? 'warn' : 'bad'}
        title={problem.message}
        detail={problem.detail}
        detailLabel="QEMU’s last words"
        actions={<ErrorActions advice={advice} machine={machine.uuid} />}
      >
        <p>
          {advice.text} <When problem={problem} />
        </p>
      </Banner>
    </div>
  );
}

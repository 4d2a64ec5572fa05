// What last went wrong with a machine, on its page, with the way out.
import type { ReactNode } from 'react';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { Banner } from '../../components/banner.tsx';
import { adviceFor } from '../../errors/advice.ts';
import { formatWhen } from '../../format/quantity.ts';
import { stateWithReason } from '../../format/state.ts';
import { ErrorActions } from '../activity/error-actions.tsx';

export function ProblemBanner({ machine }: { readonly machine: DomainSummary }): ReactNode {
  const { problem } = machine;
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
        actions={<ErrorActions advice={advice} machine={machine.uuid} />}
      >
        <p>
          {advice.text} <span className="field-hint">{formatWhen(problem.at, Date.now())}</span>
        </p>
      </Banner>
    </div>
  );
}

// The ways to end a job on a disk: cancel it, or, once a copy or a merge is complete, go on with what it made.
import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { BlockJobSummary } from '../../../common/model/block-job.ts';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useApp, useCommands } from '../../app-context.ts';
import { Button } from '../../components/button.tsx';
import { blockJobChoice } from '../../format/block-job.ts';
import { activeCommands } from '../../store/commands.ts';

export interface BlockJobButtonsProps {
  readonly machine: Pick<DomainSummary, 'uuid'>;
  readonly job: BlockJobSummary;
  /** In a list, where a cross does: what it would cancel. */
  readonly what?: string;
}

export function BlockJobButtons({ machine: { uuid }, job, what }: BlockJobButtonsProps): ReactNode {
  const { actions } = useApp();
  const isEnding = useCommands((state) =>
    activeCommands(state).some(
      ({ procedure, domain }) => procedure === 'domain.blockJobAbort' && domain?.uuid === uuid,
    ),
  );
  const icon =
    what === undefined ? {} : { label: `Cancel ${what}`, icon: X, iconOnly: true, variant: 'quiet' as const };
  const end = (pivot: boolean): void => void actions.endBlockJob(uuid, job, pivot);
  if (!job.isReady) return <Button label="Cancel" small isDisabled={isEnding} onPress={() => end(false)} {...icon} />;
  const { finish, cancel } = blockJobChoice(job);
  return (
    <>
      <Button label={finish} small variant="primary" isDisabled={isEnding} onPress={() => end(true)} />
      <Button label={cancel} small isDisabled={isEnding} onPress={() => end(false)} />
    </>
  );
}

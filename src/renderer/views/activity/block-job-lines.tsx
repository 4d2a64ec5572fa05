// Jobs on disks in the list of activity and on the line at the bottom: they go on behind the command that began them.
import { CircleCheck, LoaderCircle } from 'lucide-react';
import type { ReactNode } from 'react';
import { useShallow } from 'zustand/react/shallow';
import type { BlockJobSummary } from '../../../common/model/block-job.ts';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { useMachines } from '../../app-context.ts';
import { Progress } from '../../components/progress.tsx';
import { blockJobChoice, blockJobFigures, machineJobText } from '../../format/block-job.ts';
import { displayName } from '../../format/state.ts';
import { useBlockJob } from '../use-block-job.ts';
import { BlockJobButtons } from './block-job-buttons.tsx';

export interface MachineJob {
  readonly machine: DomainSummary;
  readonly job: BlockJobSummary;
}

/** Of all machines. */
export function useMachineJobs(): readonly MachineJob[] {
  const machines = useMachines(useShallow(({ domains }) => [...domains.values()].filter((one) => one.blockJobs)));
  return machines.flatMap((machine) => (machine.blockJobs ?? []).map((job) => ({ machine, job })));
}

const titleOf = ({ machine, job }: MachineJob): string => machineJobText(displayName(machine), job);

function Head({ title, state }: { readonly title: string; readonly state: string }): ReactNode {
  return (
    <div className="command-head">
      <span className="job-title">{title}</span>
      <span className="command-state">{state}</span>
    </div>
  );
}

function ReadyLine({ machine, job }: MachineJob): ReactNode {
  return (
    <li className="command-line">
      <CircleCheck size={15} className="icon-ok" aria-hidden />
      <div className="command-text">
        <Head title={titleOf({ machine, job })} state="Waits for you" />
        <div className="field-hint">{blockJobChoice(job).text}</div>
        <div className="command-actions">
          <BlockJobButtons machine={machine} job={job} />
        </div>
      </div>
    </li>
  );
}

function RunningLine({ machine, job }: MachineJob): ReactNode {
  const figures = useBlockJob(machine.uuid, job);
  const title = titleOf({ machine, job });
  return (
    <li className="command-line">
      <LoaderCircle size={15} className="spin" aria-hidden />
      <div className="command-text">
        <Head title={title} state="Running" />
        <Progress label={`Progress of ${title}`} fraction={figures?.fraction} />
        {figures && <div className="field-hint">{blockJobFigures(figures)}</div>}
      </div>
      <BlockJobButtons machine={machine} job={job} what={title} />
    </li>
  );
}

export const BlockJobLine = ({ machine, job }: MachineJob): ReactNode =>
  job.isReady ? <ReadyLine machine={machine} job={job} /> : <RunningLine machine={machine} job={job} />;

/** On the line at the bottom, where no command is under way. */
export function BlockJobNow({ machine, job, more }: MachineJob & { readonly more: number }): ReactNode {
  const figures = useBlockJob(machine.uuid, job);
  const title = titleOf({ machine, job });
  return (
    <span className="activity-now">
      <LoaderCircle size={13} className="spin" aria-hidden />
      <span className="truncate">{title}</span>
      {figures && <span className="truncate activity-progress-text">{blockJobFigures(figures)}</span>}
      <Progress label={`Progress of ${title}`} fraction={figures?.fraction} />
      {more > 0 && <span>and {more} more</span>}
    </span>
  );
}

// Jobs on the machine's disks: how far each is, and what a person can do about it.
import type { ReactNode } from 'react';
import type { BlockJobSummary } from '../../../common/model/block-job.ts';
import type { DomainSummary } from '../../../common/model/domain.ts';
import { Banner } from '../../components/banner.tsx';
import { Progress } from '../../components/progress.tsx';
import { blockJobChoice, blockJobFigures, blockJobText } from '../../format/block-job.ts';
import { BlockJobButtons } from '../activity/block-job-buttons.tsx';
import { useBlockJob } from '../use-block-job.ts';

interface BlockJobProps {
  readonly machine: DomainSummary;
  readonly job: BlockJobSummary;
}

function Running({ machine, job }: BlockJobProps): ReactNode {
  const figures = useBlockJob(machine.uuid, job);
  const text = blockJobText(job);
  return (
    <section className="job-banner block-job" aria-label={text}>
      <div className="block-job-head">
        <span title={job.destination}>{text}</span>
        <span className="block-job-figures">{figures && blockJobFigures(figures)}</span>
      </div>
      <Progress fraction={figures?.fraction} label={text} />
      <BlockJobButtons machine={machine} job={job} />
    </section>
  );
}

function Ready({ machine, job }: BlockJobProps): ReactNode {
  const { title, text } = blockJobChoice(job);
  return (
    <div className="machine-banner">
      <Banner tone="info" title={title} actions={<BlockJobButtons machine={machine} job={job} />}>
        <p>{text}</p>
        {job.destination !== undefined && <p className="mono job-destination">{job.destination}</p>}
      </Banner>
    </div>
  );
}

export function BlockJobBanners({ machine }: { readonly machine: DomainSummary }): ReactNode {
  return machine.blockJobs?.map((job) =>
    job.isReady ? (
      <Ready key={job.target} machine={machine} job={job} />
    ) : (
      <Running key={job.target} machine={machine} job={job} />
    ),
  );
}

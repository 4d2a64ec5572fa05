// How far a job on a disk is, as long as the view is there. One that is in step with its disk is not asked for: it waits for a person.
import { useEffect, useMemo } from 'react';
import type { BlockJobSummary } from '../../common/model/block-job.ts';
import { useApp, useBlockJobs } from '../app-context.ts';
import { type BlockJobFigures, blockJobKey, figuresOf } from '../store/block-jobs.ts';

/** undefined until QEMU has answered. */
export function useBlockJob(uuid: string, { target, isReady }: BlockJobSummary): BlockJobFigures | undefined {
  const { watchBlockJob } = useApp();
  useEffect(() => {
    if (isReady) return;
    const watch = watchBlockJob(uuid, target);
    return () => watch.dispose();
  }, [watchBlockJob, uuid, target, isReady]);
  const samples = useBlockJobs((state) => state.samples.get(blockJobKey(uuid, target)));
  return useMemo(() => figuresOf(samples), [samples]);
}

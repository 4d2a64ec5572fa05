// How far a job on a disk is, as long as the view is there. One that is in step with its disk is not asked for: it waits for a person.
import { useEffect, useMemo } from 'react';
import type { BlockJobSummary } from '../../common/model/block-job.ts';
import { useApp, useBlockJobs } from '../app-context.ts';
import { type BlockJobFigures, blockJobKey, figuresOf } from '../store/block-jobs.ts';
import { watchBlockJob } from '../store/watch-block-job.ts';

/** undefined until QEMU has answered. */
export function useBlockJob(uuid: string, { target, isReady }: BlockJobSummary): BlockJobFigures | undefined {
  const { connection, stores } = useApp();
  useEffect(() => {
    if (isReady) return;
    const isVisible = (): boolean => document.visibilityState === 'visible';
    const watch = watchBlockJob({ connection, stores, uuid, target, isVisible });
    return () => watch.dispose();
  }, [connection, stores, uuid, target, isReady]);
  const samples = useBlockJobs((state) => state.samples.get(blockJobKey(uuid, target)));
  return useMemo(() => figuresOf(samples), [samples]);
}

// The disk files of a machine with their sizes and who else uses them. A machine that started or stopped may have grown files, and one
// whose disks were copied or merged may have others.
import type { Output } from '../../../common/contract/procedures.ts';
import { useMachines } from '../../app-context.ts';
import { type Query, useQuery } from '../use-query.ts';

export function useDisks(uuid: string): Query<Output<'domain.disks'>> {
  const subject = useMachines(({ domains }) => {
    const machine = domains.get(uuid);
    return `${machine?.state} ${machine?.blockJobs?.map(({ target }) => target) ?? ''}`;
  });
  return useQuery('domain.disks', { domain: uuid }, { subject });
}

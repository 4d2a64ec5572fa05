// The disk files of a machine with their sizes and who else uses them. A machine that started or stopped may have grown files.
import type { Output } from '../../../common/contract/procedures.ts';
import { useMachines } from '../../app-context.ts';
import { type Query, useQuery } from '../use-query.ts';

export function useDisks(uuid: string): Query<Output<'domain.disks'>> {
  const subject = useMachines((machines) => machines.domains.get(uuid)?.state);
  return useQuery('domain.disks', { domain: uuid }, { subject });
}

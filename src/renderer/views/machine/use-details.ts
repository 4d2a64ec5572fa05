// A machine's full description, asked for anew when its state or definition changes.
import type { DomainDetails } from '../../../common/model/domain.ts';
import { useMachines } from '../../app-context.ts';
import { type Query, useQuery } from '../use-query.ts';

export function useDetails(uuid: string): Query<DomainDetails> {
  // every event about the machine hands out a new summary object: that is when to ask again
  const subject = useMachines((state) => state.domains.get(uuid));
  return useQuery('domain.get', { domain: uuid }, { subject });
}

// What domains use, now and over the last minutes.
import { z } from 'zod';
import { domainStatsSchema } from '../model/endpoints.ts';
import { query } from './procedure.ts';

export const statsProcedures = {
  /** Of the named domains, in their order; of all where none is named. */
  'domain.stats': query(
    z.object({ domains: z.array(z.string()).max(100_000).optional() }),
    z.object({ domains: z.array(domainStatsSchema) }),
  ),
} as const;

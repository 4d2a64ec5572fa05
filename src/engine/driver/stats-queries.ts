// Look-ups of what domains use.
import type { DriverContext } from './context.ts';
import { domainStats } from './domain-stats.ts';
import type { Verbs } from './on-domain.ts';

export const createStatsQueries = (context: DriverContext): Verbs => ({
  'domain.stats': async ({ domains }) => {
    const chosen = domains?.map((name) => context.list.lookup(name)) ?? context.list.values();
    return { domains: await Promise.all(chosen.map(domainStats)) };
  },
});

// What domains use, now and over the last minutes.
import { z } from 'zod';
import { statsSampleSchema } from '../model/domain.ts';
import {
  blockStatsSchema,
  cpuStatsSchema,
  DIRTY_RATE_MODES,
  domainStatsSchema,
  interfaceStatsSchema,
  memoryStatsSchema,
  STATS_GROUPS,
} from '../model/endpoints.ts';
import { command, query } from './procedure.ts';
import { domain, domainRef } from './shapes.ts';

const target = z.string().min(1).max(4096);

export const statsProcedures = {
  /**
   * Of the named domains, in their order; of all where none is named. `groups`: all where absent. A QEMU that hangs costs a second and its domain's
   * balloon and disks; with `nowait` a fifth of that. A name that is none fails the call, a domain that ends meanwhile does not.
   */
  'domain.stats': query(
    z.object({
      domains: z.array(z.string()).max(100_000).optional(),
      groups: z.array(z.enum(STATS_GROUPS)).optional(),
      nowait: z.boolean().optional(),
    }),
    z.object({ domains: z.array(domainStatsSchema) }),
  ),
  /** Begins to measure for 1 to 60 `seconds` how fast the guest writes its memory; `domain.stats` tells. */
  'domain.calcDirtyRate': command(
    domain.extend({
      seconds: z.number().int().nonnegative().max(4_294_967_295).optional(),
      mode: z.enum(DIRTY_RATE_MODES).optional(),
    }),
    domainRef,
  ),
  'domain.memoryStats': query(domain, memoryStatsSchema),
  'domain.cpuStats': query(domain, cpuStatsSchema),
  /** Counters of one disk (target or path), or of all together where none is named. */
  'domain.blockStats': query(domain.extend({ target: target.optional() }), blockStatsSchema),
  /** Sizes of one disk, or of all of them; also of a domain that does not run. */
  'domain.blockInfo': query(
    domain.extend({ target: target.optional() }),
    z.object({ blocks: z.array(blockStatsSchema) }),
  ),
  /** Counters of one host network device, by name or MAC. QEMU's user network has none. */
  'domain.interfaceStats': query(domain.extend({ interface: z.string().min(1).max(64) }), interfaceStatsSchema),
  /** Disks that a paused domain had an error on. */
  'domain.blockErrors': query(
    domain,
    z.object({ errors: z.array(z.object({ target: z.string(), error: z.enum(['unspecified', 'no space']) })) }),
  ),
  /**
   * The last minutes, oldest first, for a graph. Whoever asks watches the domain for ten seconds more: only then are disks and network measured, and
   * their rates are in the `stats` event's samples too.
   */
  'domain.statsHistory': query(domain, z.object({ intervalMs: z.number(), samples: z.array(statsSampleSchema) })),
} as const;

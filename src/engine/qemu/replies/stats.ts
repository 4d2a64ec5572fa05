// Replies of the commands that measure, and of those that look at what the guest has open.
import { z } from 'zod';
import { DIRTY_RATE_MODES, DIRTY_RATE_STATUSES } from '../../../common/model/endpoints.ts';

/** Counters may pass 2^53 after years; the last digits of a rate's difference do not matter. */
const counter = z.number().nonnegative();

const blockStats = z.looseObject({
  rd_bytes: counter,
  wr_bytes: counter,
  rd_operations: counter,
  wr_operations: counter,
  flush_operations: counter,
  rd_total_time_ns: counter,
  wr_total_time_ns: counter,
  flush_total_time_ns: counter,
});

export const statsReplies = {
  'query-chardev': z.array(z.looseObject({ label: z.string(), 'frontend-open': z.boolean() })),
  'query-iothreads': z.array(
    z.looseObject({
      id: z.string(),
      'thread-id': z.number().int().positive(),
      'poll-max-ns': counter.default(0),
      'poll-grow': counter.default(0),
      'poll-shrink': counter.default(0),
    }),
  ),
  'calc-dirty-rate': z.unknown(),
  'query-dirty-rate': z.looseObject({
    status: z.enum(DIRTY_RATE_STATUSES),
    'start-time': z.number(),
    'calc-time': z.number(),
    mode: z.enum(DIRTY_RATE_MODES),
    'dirty-rate': z.number().optional(),
    'vcpu-dirty-rate': z.array(z.looseObject({ id: z.number().int(), 'dirty-rate': z.number() })).optional(),
  }),
  'query-current-machine': z.looseObject({ 'wakeup-suspend-support': z.boolean() }),
  'query-blockstats': z.array(
    z.looseObject({ 'node-name': z.string().optional(), qdev: z.string().optional(), stats: blockStats }),
  ),
  'qom-get': z.unknown(),
  'qom-set': z.unknown(),
} as const;

/** What statistics read of `query-block`, beside what the devices' part does (replies/hotplug.ts). */
export const blockDevicesSchema = z.array(
  z.looseObject({
    device: z.string(),
    qdev: z.string().optional(),
    'io-status': z.enum(['ok', 'failed', 'nospace']).optional(),
    inserted: z
      .looseObject({
        'node-name': z.string().optional(),
        image: z.looseObject({
          filename: z.string(),
          'virtual-size': counter,
          'actual-size': counter.optional(),
        }),
      })
      .optional(),
  }),
);

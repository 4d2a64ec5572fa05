// Replies of migration and dump (qapi/migration.json, qapi/dump.json): saving a guest is a migration to a file.
import { z } from 'zod';

const nothing = z.unknown();
const count = z.number().nonnegative();

/** MigrationStatus. A state that a newer QEMU adds reads as one that goes on. */
export const MIGRATION_ENDS = ['completed', 'failed', 'cancelled'] as const;

const ram = z.looseObject({
  total: count,
  transferred: count,
  remaining: count,
  duplicate: count.optional(),
  normal: count.optional(),
  'normal-bytes': count.optional(),
  'dirty-sync-count': count.optional(),
  'page-size': count.optional(),
  /** Bits a second × 10⁻⁶. */
  mbps: z.number().optional(),
});

export const migrationReplies = {
  migrate: nothing,
  'migrate-incoming': nothing,
  migrate_cancel: nothing,
  'migrate-set-parameters': nothing,
  'migrate-set-capabilities': nothing,
  'query-migrate': z.looseObject({
    status: z.string().optional(),
    ram: ram.optional(),
    'total-time': count.optional(),
    'error-desc': z.string().optional(),
  }),
  'dump-guest-memory': nothing,
  'query-dump': z.looseObject({ status: z.string(), completed: count, total: count }),
  'inject-nmi': nothing,
} as const;

export type MigrationInfo = z.output<(typeof migrationReplies)['query-migrate']>;

// Domain events: numbered, in order, written by the one place that sets a domain's state. A client takes a snapshot with its number (`domain.list`),
// then the events after it. Names are virsh's (`virsh event --list`, tools/virsh-domain-event.c).
import { z } from 'zod';
import { BLOCK_JOB_TYPES } from './block-job.ts';
import { domainSummarySchema } from './domain.ts';

export const LIFECYCLE_EVENTS = [
  'Defined',
  'Undefined',
  'Started',
  'Suspended',
  'Resumed',
  'Stopped',
  'Shutdown',
  'PMSuspended',
  'Crashed',
] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

export const DOMAIN_EVENT_KINDS = [
  'lifecycle',
  'reboot',
  'watchdog',
  'io-error',
  'device-added',
  'device-removed',
  'device-removal-failed',
  'tray-change',
  'balloon-change',
  'block-job',
  'job-completed',
  'updated',
  'broken',
] as const;

export const domainEventSchema = z.object({
  sequence: z.number().int(),
  at: z.number(),
  kind: z.enum(DOMAIN_EVENT_KINDS),
  uuid: z.string(),
  name: z.string(),
  /** For kind lifecycle. */
  event: z.enum(LIFECYCLE_EVENTS).optional(),
  /** virsh's word for why: 'Booted', 'Paused', 'Destroyed', 'Finished', 'Failed' …; for a device its alias; for the balloon KiB; 'Block Pull for /path completed'. */
  detail: z.string().optional(),
  /** For kind block-job. */
  blockJob: z
    .object({
      target: z.string(),
      type: z.enum(BLOCK_JOB_TYPES),
      status: z.enum(['ready', 'completed', 'failed', 'canceled']),
      error: z.string().optional(),
    })
    .optional(),
  /** What the domain is now; absent where it left the registry. */
  summary: domainSummarySchema.optional(),
});
export type DomainEvent = z.infer<typeof domainEventSchema>;

/** One event of a domain's QEMU, as it came (qapi/*.json). */
export const monitorEventSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  event: z.string(),
  data: z.record(z.string(), z.unknown()),
  at: z.number(),
});
export type DomainMonitorEvent = z.infer<typeof monitorEventSchema>;

/** What one engine leaves to the next: the number of the last event, and the last ones themselves. */
export const eventHistorySchema = z.object({
  sequence: z.number().int().nonnegative(),
  recent: z.array(domainEventSchema),
});
export type EventHistory = z.infer<typeof eventHistorySchema>;

// The long job of a domain, as virsh's domjobinfo tells it (include/libvirt/libvirt-domain.h, virDomainJobInfo).
import { z } from 'zod';

/** What takes long. One at a time runs on a domain, with a mask of what is allowed meanwhile. */
export const ASYNC_JOBS = ['start', 'save', 'dump', 'snapshot', 'backup'] as const;
export type AsyncJob = (typeof ASYNC_JOBS)[number];

export const jobInfoSchema = z.object({
  operation: z.enum(ASYNC_JOBS),
  state: z.enum(['running', 'completed', 'failed', 'cancelled']),
  startedAt: z.number(),
  /** ms so far, or in all. */
  elapsedMs: z.number(),
  /** ms that are left at the present speed, where it is known. */
  remainingMs: z.number().optional(),
  /** Bytes. */
  data: z.object({ total: z.number(), processed: z.number(), remaining: z.number() }).optional(),
  /** Guest memory in bytes and pages, where QEMU tells. */
  memory: z
    .object({
      total: z.number(),
      processed: z.number(),
      remaining: z.number(),
      constantPages: z.number(),
      normalPages: z.number(),
      normalBytes: z.number(),
      /** Bytes a second. */
      bandwidth: z.number(),
      iterations: z.number(),
      pageSize: z.number(),
    })
    .optional(),
  /** ms for which the guest stood still. */
  downtimeMs: z.number().optional(),
  errorMessage: z.string().optional(),
});
export type JobInfo = z.infer<typeof jobInfoSchema>;

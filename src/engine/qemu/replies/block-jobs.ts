// Replies of the commands that work on images (qapi/block-core.json, qapi/job.json).
import { z } from 'zod';

const nothing = z.unknown();
const count = z.number();

export const blockJobReplies = {
  block_resize: nothing,
  'block-stream': nothing,
  'block-commit': nothing,
  'blockdev-mirror': nothing,
  'block-job-cancel': nothing,
  'block-job-set-speed': nothing,
  'job-complete': nothing,
  'job-finalize': nothing,
  'job-cancel': nothing,
  'job-dismiss': nothing,
  /** JobStatus of a newer QEMU is read as one that goes on. */
  'query-jobs': z.array(
    z.looseObject({
      id: z.string(),
      status: z.string(),
      'current-progress': count,
      'total-progress': count,
      error: z.string().optional(),
    }),
  ),
  'query-block-jobs': z.array(
    z.looseObject({ device: z.string(), len: count, offset: count, speed: count, ready: z.boolean() }),
  ),
} as const;

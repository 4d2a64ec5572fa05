// A job of QEMU's on the images of one disk, as virsh's blockjob tells it (include/libvirt/libvirt-domain.h, virDomainBlockJobInfo).
import { z } from 'zod';

/** commit: of a layer that is not the top one. active-commit and copy go on until they are ended, by a pivot or an abort. */
export const BLOCK_JOB_TYPES = ['pull', 'copy', 'commit', 'active-commit'] as const;
export type BlockJobType = (typeof BLOCK_JOB_TYPES)[number];

/** As virsh calls them. */
export const BLOCK_JOB_NAMES: Readonly<Record<BlockJobType, string>> = {
  pull: 'Block Pull',
  copy: 'Block Copy',
  commit: 'Block Commit',
  'active-commit': 'Active Block Commit',
};

export const blockJobInfoSchema = z.object({
  type: z.enum(BLOCK_JOB_TYPES),
  /** Target name of the disk. */
  target: z.string(),
  /** Limit in bytes a second; 0: none. */
  bandwidth: z.number(),
  /** How far it is, in units of its own: at the end, or in step with the guest, `cur` is `end`. */
  cur: z.number(),
  end: z.number(),
  /** A copy or an active commit in step with the guest: it can be pivoted to. */
  isReady: z.boolean(),
});
export type BlockJobInfo = z.infer<typeof blockJobInfoSchema>;

/** What a domain's summary says of a job that is under way: that there is one. How far it is, `domain.blockJobInfo` tells. */
export const blockJobSummarySchema = z.object({
  type: z.enum(BLOCK_JOB_TYPES),
  target: z.string(),
  isReady: z.boolean(),
  /** What is copied or committed to, of a copy or an active commit. */
  destination: z.string().optional(),
});
export type BlockJobSummary = z.infer<typeof blockJobSummarySchema>;

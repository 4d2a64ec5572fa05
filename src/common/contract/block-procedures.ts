// The images of a running domain's disks: their size, and what is moved between the layers of their chains. A disk is named by its target or its path.
import { z } from 'zod';
import { blockJobInfoSchema } from '../model/block-job.ts';
import { command, query } from './procedure.ts';
import { domain, domainRef, path, xml } from './shapes.ts';

const onDisk = domain.extend({ disk: z.string().min(1).max(4096) });
/** A layer of the chain: its path, or 'vda[3]' by the number that the live definition gives it. */
const layer = z.string().min(1).max(4096).optional();
/** Limit in bytes a second; none where absent or 0. */
const bandwidth = z.number().int().nonnegative().optional();

export const blockProcedures = {
  /** `capacity`: as large as the block device below it, which was made larger. */
  'domain.blockResize': command(
    onDisk.extend({ sizeBytes: z.number().int().positive().optional(), capacity: z.boolean().optional() }),
    domainRef,
  ),
  /** Begins to take what lies between the top layer and `base` (all, where it is absent) into the top layer. */
  'domain.blockPull': command(
    onDisk.extend({ base: layer, bandwidth, keepRelative: z.boolean().optional() }),
    domainRef,
  ),
  /**
   * Begins to write what lies from `top` (the top layer) down to `base` (the lowest) into `base`. Of the top layer it is an active commit, which `active` must say: it goes
   * on until it is ended.
   */
  'domain.blockCommit': command(
    onDisk.extend({
      base: layer,
      top: layer,
      bandwidth,
      /** `base` is the layer right below `top`. */
      shallow: z.boolean().optional(),
      active: z.boolean().optional(),
      /** Removes the files of the layers that were committed. */
      delete: z.boolean().optional(),
      keepRelative: z.boolean().optional(),
    }),
    domainRef,
  ),
  /** Begins to copy a disk to `destination`, and goes on until it is ended. */
  'domain.blockCopy': command(
    onDisk.extend({
      /** A file or a block device; or `xml`, which says the same as a <disk>. One of the two. */
      destination: path.optional(),
      xml: xml.optional(),
      /** That of the disk where absent. */
      format: z.string().max(32).optional(),
      isBlockDevice: z.boolean().optional(),
      /** Only the top layer: the copy shares what lies below. */
      shallow: z.boolean().optional(),
      /** The file is there already, and large enough. */
      reuseExternal: z.boolean().optional(),
      bandwidth,
      granularity: z.number().int().nonnegative().optional(),
      bufferBytes: z.number().int().nonnegative().optional(),
      synchronousWrites: z.boolean().optional(),
      /** A stored definition can't tell of a copy that is under way: of a persistent domain it must be said that this is known. */
      transientJob: z.boolean().optional(),
    }),
    domainRef,
  ),
  /** The job on a disk; absent where there is none. */
  'domain.blockJobInfo': query(onDisk, z.object({ job: blockJobInfoSchema.optional() })),
  'domain.blockJobSetSpeed': command(onDisk.extend({ bandwidth: z.number().int().nonnegative() }), domainRef),
  /** Ends the job. `pivot`: the disk is from then on what it was copied or committed to. `async`: answers when QEMU was asked. */
  'domain.blockJobAbort': command(
    onDisk.extend({ pivot: z.boolean().optional(), async: z.boolean().optional() }),
    domainRef,
  ),
} as const;

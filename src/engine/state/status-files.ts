// The status file of a running domain: what a new engine must know to find its QEMU again. It is written before the spawn (phase 'starting', no
// pid), so that at no instant a QEMU runs that no file speaks of. libvirt's counterpart is virDomainObjSave to /run/libvirt/qemu/NAME.xml.
import { rmSync, statSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BLOCK_JOB_TYPES } from '../../common/model/block-job.ts';
import { ACCELERATORS, DOMAIN_REASONS, DOMAIN_STATES } from '../../common/model/domain.ts';
import { COMPANION_KINDS } from '../qemu/command/companion.ts';
import { writeAtomic } from './durable-file.ts';
import type { EnginePaths } from './paths.ts';

const savingSchema = z.object({
  path: z.string(),
  temporary: z.string(),
  /**
   * preparing: the temporary file may not exist yet. writing: it does, until it has got its name. saved: it has, and the guest is in the file; its QEMU is
   * only still there because it could not be ended.
   */
  phase: z.enum(['preparing', 'writing', 'saved']),
  wasRunning: z.boolean(),
  isManaged: z.boolean(),
});
export type SavingStatus = z.infer<typeof savingSchema>;

const blockJobSchema = z.object({
  /** QEMU's id of the job. */
  name: z.string(),
  type: z.enum(BLOCK_JOB_TYPES),
  /** Target name of the disk. */
  target: z.string(),
  /** new: QEMU may not have heard of it. pivoting: the disk is to be what it was copied to. aborting: it is not. */
  state: z.enum(['new', 'running', 'ready', 'pivoting', 'aborting']),
  /** Numbers of layers: what goes, from `top` down to the one above `base`; without a base all below. */
  top: z.number().int().optional(),
  base: z.number().int().optional(),
  isShallow: z.boolean().optional(),
  /** The files of what goes are removed. */
  deletes: z.boolean().optional(),
  /** QEMU has said that the copy is in step: from then on it is whole, whatever ends the job. */
  wasReady: z.boolean().optional(),
  /** A pivot was asked for: QEMU may make it, and the definition may say so already. */
  pivots: z.boolean().optional(),
  /** A file that is to be made for it: ours only where it still holds our mark, or where `created` says so. */
  creates: z.string().optional(),
  /** A file that was made for it: of no use where the job never began. */
  created: z.string().optional(),
});
export type BlockJobStatus = z.infer<typeof blockJobSchema>;

const restoringSchema = z.object({
  path: z.string(),
  /** It is a managed save: of no use once the guest runs, and harmful later. */
  isManaged: z.boolean(),
  /** The guest is to run on once its memory is there. */
  resume: z.boolean(),
});
export type RestoringStatus = z.infer<typeof restoringSchema>;

const dumpingSchema = z.object({
  /** Nobody wants the file of a dump that lost its engine. */
  temporary: z.string(),
  /** The guest was paused for it alone, or is to be. */
  resume: z.boolean(),
});
export type DumpingStatus = z.infer<typeof dumpingSchema>;

const companionSchema = z.object({
  kind: z.enum(COMPANION_KINDS),
  /** Of the device that it serves. */
  alias: z.string(),
  pid: z.number().int(),
  startTime: z.string(),
});
export type CompanionStatus = z.infer<typeof companionSchema>;

export const domainStatusSchema = z.object({
  format: z.literal(1),
  uuid: z.string(),
  name: z.string(),
  /** Made anew at each start; also in QEMU's environment, so that a process without a recorded pid can be found. */
  startId: z.string(),
  phase: z.enum(['starting', 'running']),
  isPersistent: z.boolean(),
  /** The stored definition is not the running one. */
  hasNewDefinition: z.boolean().optional(),
  id: z.number().int(),
  accelerator: z.enum(ACCELERATORS),
  startedAt: z.number(),
  state: z.enum(DOMAIN_STATES),
  reason: z.enum(DOMAIN_REASONS),
  /** From the moment that the spawn returned. */
  process: z.object({ pid: z.number().int(), startTime: z.string() }).optional(),
  /** swtpm and passt; one that runs and is not here is known by the start id in its command line. */
  companions: z.array(companionSchema).optional(),
  /** The TPM was made by this start, or was to be: a transient domain whose start fails does not leave it. */
  hasNewTpm: z.boolean().optional(),
  /** What was said at the removal of the definition, for the end of the run. */
  tpmAtEnd: z.enum(['keep', 'remove']).optional(),
  /** Waits for a shutdown that is really a reboot. */
  isRebooting: z.boolean(),
  saving: savingSchema.optional(),
  restoring: restoringSchema.optional(),
  blockJobs: z.array(blockJobSchema).optional(),
  dumping: dumpingSchema.optional(),
  /** Filesystems are frozen by the guest's agent, or may be. */
  isFrozen: z.boolean().optional(),
  /** The live definition. */
  xml: z.string(),
});
export type DomainStatus = z.infer<typeof domainStatusSchema>;

const statusPath = (paths: EnginePaths, uuid: string): string => join(paths.statusDir, `${uuid}.json`);

/** Against the engine's death, not against a power cut, which ends the QEMU that it speaks of as well. */
export const saveStatus = async (paths: EnginePaths, status: DomainStatus): Promise<void> =>
  writeAtomic(statusPath(paths, status.uuid), `${JSON.stringify(status)}\n`);

export const removeStatus = (paths: EnginePaths, uuid: string): Promise<void> =>
  rm(statusPath(paths, uuid), { force: true });

/** Of before a power cut, on a disk that kept the name and lost the content. */
function isEmpty(paths: EnginePaths, name: string): boolean {
  const path = join(paths.statusDir, name);
  if (statSync(path, { throwIfNoEntry: false })?.size !== 0) return false;
  rmSync(path, { force: true });
  return true;
}

/** All status files; one that can't be understood is returned by its path. */
export async function loadStatuses(
  paths: EnginePaths,
): Promise<readonly (DomainStatus | { readonly broken: string; readonly message: string })[]> {
  const names = (await readdir(paths.statusDir)).filter((name) => name.endsWith('.json') && !isEmpty(paths, name));
  return Promise.all(
    names.map(async (name) => {
      const path = join(paths.statusDir, name);
      try {
        return domainStatusSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      } catch (error) {
        return { broken: path, message: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

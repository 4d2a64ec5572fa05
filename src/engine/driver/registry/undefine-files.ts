// The files that may go with a domain: its NVRAM and the disks that the person ticked. Nothing is removed that was not named, that another domain
// uses, or that is no disk of this domain.
import { lstat, rm, stat } from 'node:fs/promises';
import { virError } from '../../../common/errors.ts';
import type { DiskFile } from '../../../common/model/domain.ts';
import { diskPath, factsOf } from '../../conf/domain-facts.ts';
import { isMissing } from '../../state/durable-file.ts';
import type { DriverContext } from '../context.ts';
import { isReadOnlyDisk } from '../lifecycle/preflight.ts';
import type { DomainObj } from './domain-obj.ts';

/** What a file is, whatever path leads to it: links of both kinds give the same. Undefined where there is none. */
async function fileIdentity(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined); // missing, or not ours to see
  return found && `${found.dev}:${found.ino}`;
}

/** Names of the other domains that have this very file as a disk, under any path. */
async function usersOf(context: DriverContext, obj: DomainObj, path: string): Promise<string[]> {
  const identity = await fileIdentity(path);
  const isSame = async (other: string): Promise<boolean> =>
    other === path || (identity !== undefined && (await fileIdentity(other)) === identity);
  const users: string[] = [];
  for (const other of context.list.values()) {
    if (other === obj) continue;
    const paths = [...other.facts.disks, ...(other.live ? factsOf(other.live.def).disks : [])];
    for (const disk of new Set(paths)) {
      if (!(await isSame(disk))) continue;
      users.push(other.name);
      break;
    }
  }
  return users;
}

/** The disk files of a domain, with their sizes and who else uses them. */
export async function listDisks(context: DriverContext, obj: DomainObj): Promise<DiskFile[]> {
  const disks = (obj.live?.def ?? obj.def).devices.disks;
  const files = disks.map(async (disk): Promise<DiskFile | undefined> => {
    const path = diskPath(disk);
    if (path === undefined) return undefined;
    const found = await stat(path).catch(() => undefined); // missing, which is said
    return {
      target: disk.target?.dev ?? '',
      path,
      format: disk.driver?.type ?? 'raw',
      device: disk.device ?? 'disk',
      isReadOnly: isReadOnlyDisk(disk),
      isMissing: found === undefined,
      usedBy: await usersOf(context, obj, path),
      ...(found ? { capacityBytes: found.size, allocationBytes: found.blocks * 512 } : {}),
    };
  });
  return (await Promise.all(files)).filter((file) => file !== undefined);
}

/** The named disks, checked. Throws INVALID_ARG for one that is not the domain's, RESOURCE_BUSY for one that another domain uses. */
export async function checkRemovable(context: DriverContext, obj: DomainObj, paths: readonly string[]): Promise<void> {
  const disks = await listDisks(context, obj);
  for (const path of paths) {
    const disk = disks.find((candidate) => candidate.path === path);
    if (!disk) throw virError('INVALID_ARG', `${path} is no disk of domain '${obj.name}'; nothing was removed`);
    // A link would be removed and its target not, or the other way round: what is meant is not sure.
    const found = await lstat(path).catch(() => undefined); // gone already
    if (found && !found.isFile())
      throw virError(
        'INVALID_ARG',
        `${path} is no plain file (a link, a device?); remove it by hand; nothing was removed`,
      );
    if (disk.usedBy.length > 0)
      throw virError('RESOURCE_BUSY', `${path} is a disk of '${disk.usedBy.join("', '")}' too; nothing was removed`);
  }
}

/** Removes files; returns those that are gone. Throws SYSTEM_ERROR that names the first that stays. */
export async function removeFiles(paths: readonly string[]): Promise<string[]> {
  const removed: string[] = [];
  for (const path of paths) {
    try {
      await rm(path);
      removed.push(path);
    } catch (error) {
      if (isMissing(error)) continue;
      throw virError(
        'SYSTEM_ERROR',
        `${path} can't be removed: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
  return removed;
}

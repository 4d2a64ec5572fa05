// The files that may go with a domain: its NVRAM and the disks that the person ticked. Nothing is removed that was not named, that another domain
// uses, or that is no disk of this domain.
import { rm, stat } from 'node:fs/promises';
import { virError } from '../../common/errors.ts';
import type { DiskFile } from '../../common/model/domain.ts';
import type { DriverContext } from './context.ts';
import type { DomainObj } from './domain-obj.ts';
import { diskPath, isReadOnlyDisk } from './preflight.ts';

function usersOf(context: DriverContext, obj: DomainObj, path: string): readonly string[] {
  return context.list
    .values()
    .filter(
      (other) =>
        other !== obj &&
        [other.def, other.live?.def].some((def) => def?.devices.disks.some((disk) => diskPath(disk) === path)),
    )
    .map(({ name }) => name);
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
      usedBy: [...usersOf(context, obj, path)],
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
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw virError(
        'SYSTEM_ERROR',
        `${path} can't be removed: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }
  return removed;
}

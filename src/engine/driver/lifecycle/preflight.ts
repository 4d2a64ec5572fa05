// What is looked at before a start changes anything: memory, disks, files. Each refusal names the thing and the way out; QEMU would say the same
// later and worse.
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { formatBytes } from '../../../common/base/units.ts';
import { virError } from '../../../common/errors.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { diskPath } from '../../conf/domain-facts.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj } from '../registry/domain-obj.ts';

export const isReadOnlyDisk = (disk: DiskDef): boolean => disk.device === 'cdrom' || disk.readonly !== undefined;

/** Throws NO_STORAGE_VOL, INVALID_ARG (a folder) or OPERATION_FAILED (no permission) that names `what` and `path`. */
export async function checkFile(what: string, path: string, mode: number = constants.R_OK): Promise<void> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw virError('INVALID_ARG', `${what} ${path} is a folder; name a file`);
    await access(path, mode);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT')
      throw virError('NO_STORAGE_VOL', `${what} ${path} does not exist; put it back, or change the definition`, {
        cause: error,
      });
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
      throw virError(
        'OPERATION_FAILED',
        `${what} ${path} can't be ${mode & constants.W_OK ? 'written' : 'read'} by you; change its permissions or owner`,
        { cause: error },
      );
    }
    throw error;
  }
}

/** Whether a disk stands in the way of someone who uses `path`: it is written to, also as a copy's destination, or read and would be written to. */
function isInTheWay(disk: DiskDef, path: string, isWriter: boolean): boolean {
  const { mirror } = disk;
  if ((mirror?.source?.file ?? mirror?.source?.dev) === path) return true;
  return diskPath(disk) === path && disk.shareable === undefined && (isWriter || !isReadOnlyDisk(disk));
}

/** Another active domain that writes to `path`, or reads what we would write. */
function otherUser(context: DriverContext, obj: DomainObj, path: string, isWriter: boolean): DomainObj | undefined {
  return context.list
    .values()
    .find((other) => other !== obj && other.live?.def.devices.disks.some((disk) => isInTheWay(disk, path, isWriter)));
}

/** Throws RESOURCE_BUSY where another active domain uses what is to be written to. Synchronous, as below. */
export function assertFreeToWrite(context: DriverContext, obj: DomainObj, path: string): void {
  const other = otherUser(context, obj, path, true);
  if (other)
    throw virError('RESOURCE_BUSY', `${path} is in use by the running domain '${other.name}'; choose another place`);
}

/**
 * Throws RESOURCE_BUSY where a disk of `def` is another active domain's. Synchronous, so that a start can look once more in the very step in which it
 * becomes active itself: two starts that looked before would both find the disk free.
 */
export function assertDisksFree(context: DriverContext, obj: DomainObj, def: DomainDef): void {
  for (const disk of def.devices.disks) {
    const path = diskPath(disk);
    if (path === undefined || disk.shareable !== undefined) continue;
    const other = otherUser(context, obj, path, !isReadOnlyDisk(disk));
    if (other)
      throw virError(
        'RESOURCE_BUSY',
        `the disk ${path} of domain '${def.name}' is in use by the running domain '${other.name}'; shut that one down, or give each its own disk`,
      );
  }
}

async function checkDiskFiles(def: DomainDef): Promise<void> {
  for (const disk of def.devices.disks) {
    const path = diskPath(disk);
    if (path === undefined) continue;
    const what = disk.device === 'cdrom' ? 'the CD image' : 'the disk';
    await checkFile(what, path, isReadOnlyDisk(disk) ? constants.R_OK : constants.R_OK | constants.W_OK);
  }
}

async function checkBootFiles(def: DomainDef): Promise<void> {
  const files = [
    ['the kernel', def.os.kernel],
    ['the initial RAM disk', def.os.initrd],
    ['the firmware', def.os.loader?.path],
  ] as const;
  for (const [what, path] of files) if (path) await checkFile(what, path, constants.R_OK);
}

/** Throws NO_STORAGE_VOL, RESOURCE_BUSY, OPERATION_FAILED or INVALID_ARG where the domain can't be started as it is. */
export async function checkBeforeStart(context: DriverContext, obj: DomainObj, def: DomainDef): Promise<void> {
  const memoryBytes = (def.memory?.kib ?? 0) * 1024;
  if (memoryBytes > totalmem()) {
    throw virError(
      'OPERATION_FAILED',
      `domain '${def.name}' asks for ${formatBytes(memoryBytes)} of memory, but this host has ${formatBytes(totalmem())}; give it less`,
    );
  }
  await checkBootFiles(def);
  assertDisksFree(context, obj, def);
  await checkDiskFiles(def);
}

// The file that is made for a copy. It is removed where the copy comes to nothing, and so it must be ours for sure: between a look and a removal another domain, or another
// program, may have made one of that name. Its making is therefore recorded, then it is made with a mark of this job in it, and only then is it recorded as made.
import { readFile, rm, stat } from 'node:fs/promises';
import type { BlockJobStatus } from '../../state/status-files.ts';
import { claimFile } from '../../storage/qemu-img.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';

const markOf = ({ startId }: Pick<LiveDomain, 'startId'>, name: string): string =>
  `made by vivarium for the block job ${name} of ${startId}\n`;

/** Throws STORAGE_VOL_EXIST where something is there, OPERATION_FAILED where none can be made. Synchronous: an engine dies before it or behind it. */
export const makeMarked = (live: Pick<LiveDomain, 'startId'>, name: string, path: string): void =>
  claimFile(path, markOf(live, name));

async function isMarked(path: string, mark: string): Promise<boolean> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size === mark.length && (await readFile(path, 'utf8')) === mark;
  } catch {
    return false; // not there, or not to be read: none of ours
  }
}

/** Removes what a job that never began had made: nothing else, whatever has the name now. */
export async function removeMade(
  live: Pick<LiveDomain, 'startId'>,
  { name, creates, created }: Pick<BlockJobStatus, 'name' | 'creates' | 'created'>,
): Promise<void> {
  if (created !== undefined) await rm(created, { force: true });
  else if (creates !== undefined && (await isMarked(creates, markOf(live, name)))) await rm(creates, { force: true });
}

// The file chooser's look at the host: a folder's sub-folders and files. The engine runs as the person, so it shows what they could see anyway.
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { virError } from '../../../common/errors.ts';
import type { FileEntry } from '../../../common/model/machine.ts';
import type { EnginePaths } from '../../state/paths.ts';

/** More are cut: nobody picks out of ten thousand rows, and each costs a stat. */
const MAX_ENTRIES = 2_000;

export interface FolderListing {
  readonly path: string;
  readonly parent?: string;
  readonly entries: FileEntry[];
  readonly places: { readonly label: string; readonly path: string }[];
}

async function describeEntry(path: string, name: string): Promise<FileEntry | undefined> {
  const full = join(path, name);
  const found = await stat(full).catch(() => undefined); // a dangling link, or gone
  if (!found || !(found.isFile() || found.isDirectory() || found.isBlockDevice())) return undefined;
  return {
    name,
    path: full,
    isDirectory: found.isDirectory(),
    sizeBytes: found.size,
    modifiedAt: Math.floor(found.mtimeMs),
  };
}

/** Folders first, then files, by name. Throws INVALID_ARG for a relative path, SYSTEM_ERROR for a folder that can't be read. */
export async function listFolder(
  paths: EnginePaths,
  wanted: string | undefined,
  showHidden: boolean,
): Promise<FolderListing> {
  const path = resolve(wanted || homedir());
  if (wanted && !isAbsolute(wanted))
    throw virError('INVALID_ARG', `'${wanted}' is not a full path; begin it with a slash`);
  const names = await readdir(path).catch((error: unknown) => {
    throw virError(
      'SYSTEM_ERROR',
      `the folder ${path} can't be read: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  });
  const visible = names.filter((name) => showHidden || !name.startsWith('.')).sort((a, b) => a.localeCompare(b));
  const entries = (await Promise.all(visible.slice(0, MAX_ENTRIES).map((name) => describeEntry(path, name)))).filter(
    (entry) => entry !== undefined,
  );
  entries.sort((a, b) => Number(b.isDirectory) - Number(a.isDirectory));
  const places = [
    { label: 'Home', path: homedir() },
    { label: 'Downloads', path: join(homedir(), 'Downloads') },
    { label: 'Disk images', path: paths.imageDir },
    { label: 'Computer', path: '/' },
  ];
  const exists = await Promise.all(
    places.map((place) =>
      stat(place.path).then(
        (found) => found.isDirectory(),
        () => false,
      ),
    ),
  );
  return {
    path,
    entries,
    places: places.filter((_, index) => exists[index]),
    ...(path === '/' ? {} : { parent: dirname(path) }),
  };
}

// What is known about operating systems: their list for the window, and which one is on an installer's image. Read at the first question, then
// kept in memory for as long as the object lives.
import { osinfoRoots, readOsRecords } from './database-files.ts';
import { createMediaMatcher, type IsoLabel, type OsMatch } from './identify-media.ts';
import { addNewerReleases } from './newer-releases.ts';
import { type OsEntry, resolveOsList } from './resolve-os.ts';

export interface OsinfoOptions {
  /** The cache folder of Vivarium. */
  readonly cacheDir?: string | undefined;
  /** Folders of osinfo-db; the default are those of the system and of the user. */
  readonly roots?: readonly string[] | undefined;
}

export interface Osinfo {
  /** All systems, the newest first. Empty where osinfo-db is not installed. */
  loadOsList(): Promise<readonly OsEntry[]>;
  /** The system with this id or short id ('debian12'). */
  findOs(id: string): Promise<OsEntry | undefined>;
  /** The system that an image with this label installs or starts. */
  identifyMedia(label: IsoLabel): Promise<OsMatch | undefined>;
}

export function createOsinfo({ cacheDir, roots = osinfoRoots(process.env) }: OsinfoOptions = {}): Osinfo {
  const load = async () => {
    const records = addNewerReleases(await readOsRecords({ roots, cacheDir }));
    return { list: resolveOsList(records), match: createMediaMatcher(records) };
  };
  let loaded: ReturnType<typeof load> | undefined;
  const database = () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined; // the next question tries again
      throw error;
    });
    return loaded;
  };
  return {
    loadOsList: async () => (await database()).list,
    findOs: async (id) => (await database()).list.find((os) => os.id === id || os.shortIds.includes(id)),
    identifyMedia: async (label) => (await database()).match(label),
  };
}

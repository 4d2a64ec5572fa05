// Changes of several files that must come to be as a whole: what is to be done is written down first, and a crash in between is made good by the next engine. The
// journal's own file is the moment from which the change counts. Files go by their names here, and a name may be another domain's by now: what is not surely
// this domain's is left alone.
import { readdirSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { virError } from '../../common/errors.ts';
import { parseDomain } from '../conf/domain.ts';
import { definitionPath, removeDefinition, setAutostartLink } from './definition-files.ts';
import { isMissing, isNowhere, removeDurable, writeDurable } from './durable-file.ts';
import type { EnginePaths } from './paths.ts';

const entrySchema = z.discriminatedUnion('operation', [
  /** The definition goes, and these files with it. */
  z.object({ operation: z.literal('undefine'), name: z.string(), files: z.array(z.string()) }),
  /** What is left of that: files of ours that could not be removed. */
  z.object({ operation: z.literal('remove'), name: z.string(), files: z.array(z.string()) }),
  /** The definition has a new name, from the moment that its new file is there. */
  z.object({
    operation: z.literal('rename'),
    from: z.string(),
    to: z.string(),
    isAutostart: z.boolean(),
    isAutostartOnce: z.boolean().optional(),
  }),
]);
export type JournalEntry = z.infer<typeof entrySchema>;
type Rename = Extract<JournalEntry, { operation: 'rename' }>;

const PREFIX = '.journal-';
const SUFFIX = '.json';
const journalPath = (paths: EnginePaths, uuid: string): string =>
  join(paths.definitionDir, `${PREFIX}${uuid}${SUFFIX}`);

/** Undefined where the file `name` is no journal. */
const uuidOf = (name: string): string | undefined =>
  name.startsWith(PREFIX) && name.endsWith(SUFFIX) ? name.slice(PREFIX.length, -SUFFIX.length) : undefined;

async function readJournal(path: string): Promise<JournalEntry> {
  return entrySchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Whose the definition of `name` is. One that can't be read or parsed is nobody's that we know, and stays. */
async function ownerOf(paths: EnginePaths, name: string, uuid: string): Promise<'nobody' | 'ours' | 'another'> {
  try {
    const { def } = parseDomain(await readFile(definitionPath(paths, name), 'utf8'));
    return def.uuid?.toLowerCase() === uuid ? 'ours' : 'another';
  } catch (error) {
    return isMissing(error) ? 'nobody' : 'another';
  }
}

/** Moves what goes with a name behind the definition that has the new one. */
async function finishRename(paths: EnginePaths, entry: Rename, uuid: string): Promise<void> {
  // It did not come to be; or somebody else has the new name, and the old file is the only one.
  if ((await ownerOf(paths, entry.to, uuid)) !== 'ours') return;
  if (entry.isAutostart) await setAutostartLink(paths, entry.to, true);
  if (entry.isAutostartOnce) await setAutostartLink(paths, entry.to, true, true);
  if ((await ownerOf(paths, entry.from, uuid)) !== 'another') await removeDefinition(paths, entry.from);
}

async function finish(paths: EnginePaths, entry: JournalEntry, uuid: string): Promise<void> {
  if (entry.operation === 'rename') return finishRename(paths, entry, uuid);
  if ((await ownerOf(paths, entry.name, uuid)) === 'another') return;
  if (entry.operation === 'undefine') await removeDefinition(paths, entry.name);
  // One that can't be removed now is not waited for: a later engine must not take away what a person has kept since.
  for (const file of entry.files) await removeDurable(file).catch(() => undefined);
}

/** Before another change of the domain: what is left of the one before. Its disks are kept: the domain may well be wanted again, with them. */
async function settle(paths: EnginePaths, uuid: string): Promise<void> {
  const entry = await readJournal(journalPath(paths, uuid)).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (!entry) return;
  if (entry.operation === 'rename') await finishRename(paths, entry, uuid);
  else if ((await ownerOf(paths, entry.name, uuid)) !== 'another')
    for (const file of entry.files) if (file.startsWith(`${paths.saveDir}/`)) await removeDurable(file);
}

export interface Journals {
  /** Writes down a change of several files before it is begun. Throws SYSTEM_ERROR; then nothing is to be done. */
  saveJournal(uuid: string, entry: JournalEntry): Promise<void>;
  /** The change has come to be, or was taken back. */
  removeJournal(uuid: string): Promise<void>;
  /**
   * Before the domain is changed again: an earlier change that is not at its end is finished; one that was taken back is forgotten. Throws SYSTEM_ERROR where
   * that can't be done: then nothing else may be changed, or the next engine would mix the two.
   */
  settleJournal(uuid: string): Promise<void>;
}

/** The UUIDs of the journals that are there. Throws where the folder can't be read: none of them may be passed over. */
function leftIn(paths: EnginePaths): readonly string[] {
  try {
    return readdirSync(paths.definitionDir).flatMap((name) => uuidOf(name) ?? []);
  } catch (error) {
    if (isNowhere(error)) return [];
    throw error;
  }
}

export function createJournals(paths: EnginePaths): Journals {
  /** What may be on the disk, so that a change need not look there; `void` are those that mean nothing any more and could not be removed. */
  let known: Map<string, 'valid' | 'void'> | undefined;
  const journals = (): Map<string, 'valid' | 'void'> => {
    try {
      known ??= new Map(leftIn(paths).map((uuid) => [uuid, 'valid']));
      return known;
    } catch (error) {
      throw virError('SYSTEM_ERROR', `${paths.definitionDir} can't be read: ${reasonOf(error)}`, { cause: error });
    }
  };
  const removeJournal = async (uuid: string): Promise<void> => {
    journals().set(uuid, 'void');
    await removeDurable(journalPath(paths, uuid));
    journals().delete(uuid);
  };
  return {
    saveJournal: async (uuid, entry) => {
      const all = journals();
      try {
        await writeDurable(journalPath(paths, uuid), `${JSON.stringify(entry)}\n`);
      } catch (error) {
        // It may be there all the same, and who is told that it failed does nothing of what it says. An earlier one goes on to count.
        if (!all.has(uuid)) all.set(uuid, 'void');
        throw error;
      }
      all.set(uuid, 'valid');
    },
    removeJournal,
    settleJournal: async (uuid) => {
      try {
        const state = journals().get(uuid);
        if (state === 'valid') await settle(paths, uuid);
        if (state !== undefined) await removeJournal(uuid);
      } catch (error) {
        throw virError('SYSTEM_ERROR', `an earlier change of this domain could not be finished: ${reasonOf(error)}`, {
          cause: error,
        });
      }
    },
  };
}

export interface FinishedJournals {
  /** One sentence each. */
  readonly reports: readonly string[];
  /** Definitions, by name, that are not to be loaded: a change that has come to be takes them away and could not yet. */
  readonly leftovers: ReadonlyMap<string, { readonly operation: 'rename' | 'undefine'; readonly reason: string }>;
}

/** Makes good what an engine that died was in the middle of. What can't be done now is tried by the next engine. */
export async function finishJournals(paths: EnginePaths): Promise<FinishedJournals> {
  const names = await readdir(paths.definitionDir).catch(() => []); // said by who loads the definitions
  const reports: string[] = [];
  const leftovers = new Map<string, { operation: 'rename' | 'undefine'; reason: string }>();
  for (const uuid of names.flatMap((name) => uuidOf(name) ?? [])) {
    const path = journalPath(paths, uuid);
    let entry: JournalEntry | undefined;
    try {
      entry = await readJournal(path);
      await finish(paths, entry, uuid);
      await removeDurable(path);
      reports.push(
        entry.operation === 'rename'
          ? `the renaming of '${entry.from}' was finished`
          : `the removal of '${entry.name}' was finished`,
      );
    } catch (error) {
      reports.push(`${path} could not be made good: ${reasonOf(error)}`);
      if (!entry || entry.operation === 'remove') continue;
      const left = await leftoverOf(paths, entry, uuid);
      if (left !== undefined) leftovers.set(left, { operation: entry.operation, reason: reasonOf(error) });
    }
  }
  return { reports, leftovers };
}

async function leftoverOf(
  paths: EnginePaths,
  entry: Exclude<JournalEntry, { operation: 'remove' }>,
  uuid: string,
): Promise<string | undefined> {
  if (entry.operation === 'rename' && (await ownerOf(paths, entry.to, uuid)) !== 'ours') return undefined;
  const name = entry.operation === 'rename' ? entry.from : entry.name;
  return (await ownerOf(paths, name, uuid)) === 'ours' ? name : undefined;
}

// Changes of several files that must come to be as a whole: what is to be done is written down first, and a crash in between is made good by the next engine. The
// journal's own file is the moment from which the change counts.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { definitionPath, removeDefinition, setAutostartLink } from './definition-files.ts';
import { removeDurable, writeDurable } from './durable-file.ts';
import type { EnginePaths } from './paths.ts';

const entrySchema = z.discriminatedUnion('operation', [
  /** The definition goes, and these files with it. */
  z.object({ operation: z.literal('undefine'), name: z.string(), files: z.array(z.string()) }),
  /** What is left of that: files of ours that could not be removed. */
  z.object({ operation: z.literal('remove'), name: z.string(), files: z.array(z.string()) }),
  /** The definition has a new name, from the moment that its new file is there. */
  z.object({ operation: z.literal('rename'), from: z.string(), to: z.string(), isAutostart: z.boolean() }),
]);
export type JournalEntry = z.infer<typeof entrySchema>;

const PREFIX = '.journal-';
const journalPath = (paths: EnginePaths, uuid: string): string => join(paths.definitionDir, `${PREFIX}${uuid}.json`);

/** Throws SYSTEM_ERROR; then nothing is to be done. */
export const saveJournal = (paths: EnginePaths, uuid: string, entry: JournalEntry): Promise<void> =>
  writeDurable(journalPath(paths, uuid), `${JSON.stringify(entry)}\n`);

export const removeJournal = (paths: EnginePaths, uuid: string): Promise<void> =>
  removeDurable(journalPath(paths, uuid));

/** Whether the definition of `name` is another domain's by now: one that was defined behind the change, which then must not touch it. */
async function isOthers(paths: EnginePaths, name: string, uuid: string): Promise<boolean> {
  const xml = await readFile(definitionPath(paths, name), 'utf8').catch(() => undefined); // there is none
  const owner = /<uuid>\s*([^<\s]+)\s*<\/uuid>/.exec(xml ?? '')?.[1];
  return owner !== undefined && owner.toLowerCase() !== uuid;
}

async function finish(paths: EnginePaths, entry: JournalEntry, uuid: string): Promise<void> {
  if (entry.operation !== 'rename') {
    if (await isOthers(paths, entry.name, uuid)) return;
    if (entry.operation === 'undefine') await removeDefinition(paths, entry.name);
    // One that can't be removed now is not waited for: a later engine must not take away what a person has kept since.
    for (const file of entry.files) await removeDurable(file).catch(() => undefined);
    return;
  }
  if (!existsSync(definitionPath(paths, entry.to))) return; // it did not come to be
  if (entry.isAutostart) await setAutostartLink(paths, entry.to, true);
  if (!(await isOthers(paths, entry.from, uuid))) await removeDefinition(paths, entry.from);
}

/** Makes good what an engine that died was in the middle of; one sentence each. What can't be done now is tried by the next engine. */
export async function finishJournals(paths: EnginePaths): Promise<readonly string[]> {
  const names = await readdir(paths.definitionDir).catch(() => []); // said by who loads the definitions
  const reports: string[] = [];
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX) && candidate.endsWith('.json'))) {
    const path = join(paths.definitionDir, name);
    try {
      const entry = entrySchema.parse(JSON.parse(await readFile(path, 'utf8')));
      await finish(paths, entry, name.slice(PREFIX.length, -'.json'.length));
      await removeDurable(path);
      reports.push(
        entry.operation === 'rename'
          ? `the renaming of '${entry.from}' was finished`
          : `the removal of '${entry.name}' was finished`,
      );
    } catch (error) {
      reports.push(`${path} could not be made good: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return reports;
}

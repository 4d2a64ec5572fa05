// A cache of what was in the definition files when they were last read: an engine that starts needs not parse those that have not changed since (ten thousand
// take seconds). The files are the truth; this may be deleted at any time, and a file that differs in size, time or inode is read.
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VERSION } from '../../common/version.ts';
import type { DomainFacts } from '../conf/domain-facts.ts';
import type { EnginePaths } from './paths.ts';

/** Raise when DomainFacts changes. */
const FORMAT = 1;

const entrySchema = z.object({
  stamp: z.string(),
  uuid: z.string(),
  facts: z.object({
    title: z.string().optional(),
    osId: z.string().optional(),
    memoryKiB: z.number(),
    vcpus: z.number(),
    hasVnc: z.boolean(),
    serials: z.number(),
    macs: z.array(z.string()),
    disks: z.array(z.string()),
  }),
});
const indexSchema = z.object({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  dir: z.string(),
  entries: z.record(z.string(), entrySchema),
});

export interface IndexEntry {
  /** Size, time and inode of the file that was read. */
  readonly stamp: string;
  readonly uuid: string;
  readonly facts: DomainFacts;
}
export type DefinitionIndex = ReadonlyMap<string, IndexEntry>;

const indexPath = (paths: EnginePaths): string => join(paths.cacheDir, 'definitions.json');

/** Empty where there is none, or it is another program's or another folder's. */
export function loadIndex(paths: EnginePaths): DefinitionIndex {
  try {
    const index = indexSchema.parse(JSON.parse(readFileSync(indexPath(paths), 'utf8')));
    if (index.dir !== paths.definitionDir) return new Map();
    return new Map(Object.entries(index.entries) as [string, IndexEntry][]);
  } catch {
    return new Map(); // absent, damaged, or of another version: everything is read
  }
}

let saving: Promise<void> = Promise.resolve();

/** Without it the next engine reads everything: a failure is none. One after the other: the last one is to stand, and they share a temporary name. */
export function saveIndex(paths: EnginePaths, entries: DefinitionIndex): Promise<void> {
  saving = saving.then(() => writeIndex(paths, entries));
  return saving;
}

async function writeIndex(paths: EnginePaths, entries: DefinitionIndex): Promise<void> {
  const path = indexPath(paths);
  const content = { format: FORMAT, version: VERSION, dir: paths.definitionDir, entries: Object.fromEntries(entries) };
  try {
    await mkdir(paths.cacheDir, { recursive: true });
    await writeFile(`${path}.new`, JSON.stringify(content), { mode: 0o600 });
    await rename(`${path}.new`, path);
  } catch {
    // a home that is full or read-only
  }
}

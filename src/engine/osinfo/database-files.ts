// Reads the files of osinfo-db: the system's, and the user's own over it. Parsing 800 files takes most of a second, so the records are kept in
// a cache file, which is used as long as nothing in the folders has changed.
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurable } from '../state/durable-file.ts';
import { type OsRecord, osRecordSchema } from './os-record.ts';
import { mergeRecords, parseOsFile } from './parse-os.ts';

const CACHE_FORM = 1;
const FILES_AT_ONCE = 32;
const MOST_FILES = 20_000;
const cacheSchema = z.object({
  form: z.literal(CACHE_FORM),
  fingerprint: z.string(),
  records: z.array(osRecordSchema),
});

/** Folders of osinfo-db, later ones over earlier ones (libosinfo: osinfo_loader_process_default_path). */
export function osinfoRoots(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const home = env.HOME ?? '/';
  const config = env.XDG_CONFIG_HOME ?? join(home, '.config');
  const data = env.XDG_DATA_HOME ?? join(home, '.local/share');
  return [env.OSINFO_SYSTEM_DIR ?? '/usr/share/osinfo', '/etc/osinfo', join(config, 'osinfo'), join(data, 'osinfo')];
}

const listOrNothing = async (dir: string) => {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch {
    return []; // a root that is not there is the usual case
  }
};

interface OsFiles {
  /** Path below os/ → full path; a later root replaces a file of an earlier one. */
  readonly files: ReadonlyMap<string, string>;
  readonly fingerprint: string;
}

/** The .xml files below ROOT/os, two levels deep: vendor/system.xml and vendor/system.d/part.xml. */
async function listOsFiles(roots: readonly string[]): Promise<OsFiles> {
  const files = new Map<string, string>();
  const marks: string[] = [];
  const visit = async (dir: string, below: string, depth: number): Promise<void> => {
    const entries = (await listOrNothing(dir)).sort((a, b) => a.name.localeCompare(b.name));
    if (entries.length > 0) marks.push(`${dir} ${(await stat(dir)).mtimeMs} ${entries.length}`);
    for (const entry of entries) {
      const path = join(dir, entry.name);
      const name = join(below, entry.name);
      if (entry.isDirectory() && depth < 3) await visit(path, name, depth + 1);
      else if (entry.name.endsWith('.xml') && files.size < MOST_FILES) files.set(name, path);
    }
  };
  for (const root of roots) {
    marks.push(await readFile(join(root, 'VERSION'), 'utf8').catch(() => ''));
    await visit(join(root, 'os'), '', 0);
  }
  return { files, fingerprint: marks.join('\n') };
}

/** Files that can not be read or parsed are left out: one broken file of the user's own must not hide all systems. */
async function readRecords(paths: readonly string[], signal?: AbortSignal): Promise<readonly OsRecord[]> {
  const records: OsRecord[] = [];
  for (let start = 0; start < paths.length; start += FILES_AT_ONCE) {
    signal?.throwIfAborted();
    const slice = paths.slice(start, start + FILES_AT_ONCE);
    const texts = await Promise.all(slice.map((path) => readFile(path, 'utf8').catch(() => undefined)));
    for (const [index, text] of texts.entries()) {
      if (text !== undefined) records.push(...parseOrNothing(text, slice[index] ?? ''));
    }
  }
  return mergeRecords(records);
}

function parseOrNothing(text: string, path: string): readonly OsRecord[] {
  try {
    return parseOsFile(text, path);
  } catch {
    return []; // see readRecords
  }
}

async function readCache(file: string, fingerprint: string): Promise<readonly OsRecord[] | undefined> {
  try {
    const cache = cacheSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return cache.fingerprint === fingerprint ? cache.records : undefined;
  } catch {
    return undefined; // none yet, or of another version: it is made again
  }
}

export interface ReadOsRecordsOptions {
  readonly roots: readonly string[];
  /** Where the cache file goes; without it every call parses. */
  readonly cacheDir?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All records of the databases in `roots`; none where there is no database. */
export async function readOsRecords({ roots, cacheDir, signal }: ReadOsRecordsOptions): Promise<readonly OsRecord[]> {
  const { files, fingerprint } = await listOsFiles(roots);
  const cacheFile = cacheDir === undefined ? undefined : join(cacheDir, 'osinfo.json');
  const cached = cacheFile && (await readCache(cacheFile, fingerprint));
  if (cached) return cached;
  const records = await readRecords([...files.values()], signal);
  if (cacheFile && cacheDir !== undefined && records.length > 0) {
    try {
      await mkdir(cacheDir, { recursive: true, mode: 0o700 });
      await writeDurable(cacheFile, JSON.stringify({ form: CACHE_FORM, fingerprint, records }));
    } catch {
      // a cache that can not be written costs time only
    }
  }
  return records;
}

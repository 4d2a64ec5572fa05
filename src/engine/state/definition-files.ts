// Persistent definitions: one XML file a domain, named after it, and autostart as a link beside them, as libvirt keeps them
// (virDomainSaveConfig, virDomainObjListLoadAllConfigs). A file that can't be read or parsed is reported and left as it is.
import { existsSync, lstatSync, readFileSync, type Stats } from 'node:fs';
import { mkdir, readdir, readlink, rename, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { VirError } from '../../common/errors.ts';
import type { BrokenFile } from '../../common/model/domain.ts';
import { parseDomain } from '../conf/domain.ts';
import { createDurable, isMissing, isNowhere, removeDurable, targetOf, writeDurable } from './durable-file.ts';
import type { EnginePaths } from './paths.ts';

export interface StoredDefinition {
  readonly name: string;
  readonly path: string;
  /** Undefined where it is known already, by its stamp. */
  readonly xml: string | undefined;
  readonly stamp: string;
  readonly isAutostart: boolean;
  readonly isAutostartOnce: boolean;
}

const SUFFIX = '.xml';
/** A definition of 1 MiB is none; reading a planted huge file must not cost memory. */
const MAX_BYTES = 4 * 1024 * 1024;

export const definitionPath = (paths: EnginePaths, name: string): string =>
  join(paths.definitionDir, `${name}${SUFFIX}`);
/** Links for the next session only. */
const ONCE = 'once';
const autostartDirOf = (paths: EnginePaths, once: boolean): string =>
  once ? join(paths.autostartDir, ONCE) : paths.autostartDir;

/** Tells one content of a file from another: each write of ours makes a new inode. */
const stampOf = ({ size, mtimeMs, ino }: Stats): string => `${size}:${mtimeMs}:${ino}`;

interface Marks {
  readonly autostart: ReadonlySet<string>;
  readonly once: ReadonlySet<string>;
}

/**
 * Synchronous: at an engine's start nobody waits but the start itself, and 10,000 small files take a fifth of the time that a thread pool's round trips do.
 */
function readDefinition(
  paths: EnginePaths,
  name: string,
  { autostart, once }: Marks,
  isKnown: (name: string, stamp: string) => boolean,
): StoredDefinition | BrokenFile {
  const path = definitionPath(paths, name);
  try {
    const stat = lstatSync(path);
    if (!stat.isFile()) return { name, path, message: 'it is not a plain file' };
    if (stat.size === 0) return { name, path, message: 'it is empty; define the domain again' };
    if (stat.size > MAX_BYTES) return { name, path, message: `it is larger than ${MAX_BYTES} bytes` };
    const stamp = stampOf(stat);
    const xml = isKnown(name, stamp) ? undefined : readFileSync(path, 'utf8');
    return { name, path, xml, stamp, isAutostart: autostart.has(name), isAutostartOnce: once.has(name) };
  } catch (error) {
    return { name, path, message: error instanceof Error ? error.message : String(error) };
  }
}

async function listNames(dir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(dir);
    return entries
      .filter((entry) => entry.endsWith(SUFFIX) && !entry.startsWith('.'))
      .map((entry) => basename(entry, SUFFIX));
  } catch (error) {
    if (isNowhere(error)) return [];
    throw error;
  }
}

/** Everything in the definition folder, what can't be read as BrokenFile. */
export async function loadDefinitions(
  paths: EnginePaths,
  isKnown: (name: string, stamp: string) => boolean = () => false,
): Promise<readonly (StoredDefinition | BrokenFile)[]> {
  const marked = async (dir: string) => new Set(await listNames(dir).catch(() => [])); // the flag alone is lost
  const marks = { autostart: await marked(paths.autostartDir), once: await marked(autostartDirOf(paths, true)) };
  let names: readonly string[];
  try {
    names = await listNames(paths.definitionDir);
  } catch (error) {
    // The folder itself can't be read: guests that run must be adopted all the same.
    return [
      {
        name: 'all definitions',
        path: paths.definitionDir,
        message: error instanceof Error ? error.message : String(error),
      },
    ];
  }
  return names.map((name) => readDefinition(paths, name, marks, isKnown));
}

/** Stores `xml` as the definition of `name`; on disk when this returns. Returns the file's stamp. */
export async function saveDefinition(paths: EnginePaths, name: string, xml: string): Promise<string> {
  const path = definitionPath(paths, name);
  if (existsSync(path)) return stampOf(await writeDurable(path, xml));
  try {
    return stampOf(await createDurable(path, xml));
  } catch (error) {
    if (!(error instanceof VirError && isMissing(error.cause))) throw error;
    // The first definition of all, or the folder was taken away.
    await mkdir(paths.definitionDir, { recursive: true, mode: 0o700 }).catch(() => undefined); // the write below says why it fails
    return stampOf(await createDurable(path, xml));
  }
}

/** Not by its end: what a power cut leaves may have a hole in the middle. */
function isWhole(xml: string): boolean {
  try {
    parseDomain(xml);
    return true;
  } catch {
    return false; // which is the answer
  }
}

/** Makes one good; what was done with it. What has something in it is never removed: somebody may have edited it since. */
async function settleUnconfirmed(paths: EnginePaths, path: string): Promise<string> {
  const xml = readFileSync(path, 'utf8');
  if (isWhole(xml)) {
    await writeDurable(path, xml);
    return 'kept';
  }
  if (xml === '') await removeDurable(path);
  else await setAsideDefinition(paths, basename(path, SUFFIX));
  return xml === '' ? 'nothing of it was there' : 'it was not all there, and was set aside';
}

/** Whether `path` and `temporary` are two names of one file: it was never told to be stored. */
const isUnconfirmed = (path: string, temporary: string): boolean => {
  const [named, hidden] = [path, temporary].map((name) => lstatSync(name, { throwIfNoEntry: false }));
  return named !== undefined && named.ino === hidden?.ino;
};

/**
 * Makes good what an engine that died, or a power cut, has left of definitions that were being stored for the first time (`createDurable`): a whole one stays, an empty
 * one goes, a part is set aside; nobody was told of any. Temporary names go in any case. Returns what was done, a sentence each.
 */
export async function finishCreations(paths: EnginePaths): Promise<readonly string[]> {
  const reports: string[] = [];
  for (const entry of await readdir(paths.definitionDir).catch(() => [])) {
    const target = targetOf(entry);
    if (target === undefined) continue;
    const [path, temporary] = [join(paths.definitionDir, target), join(paths.definitionDir, entry)];
    try {
      if (isUnconfirmed(path, temporary)) {
        const outcome = await settleUnconfirmed(paths, path);
        reports.push(`${path} was being stored for the first time: ${outcome}`);
      }
      await removeDurable(temporary);
    } catch (error) {
      reports.push(`${path} could not be made good: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return reports;
}

/** Renames the file of `name` to NAME.xml.broken-TIME: a definition that can't be read is never lost to a new one of its name. */
export async function setAsideDefinition(paths: EnginePaths, name: string): Promise<void> {
  const path = definitionPath(paths, name);
  await rename(path, `${path}.broken-${new Date().toISOString().replaceAll(':', '-')}`);
}

export async function removeDefinition(paths: EnginePaths, name: string): Promise<void> {
  await removeDurable(definitionPath(paths, name));
  await setAutostartLink(paths, name, false);
  await setAutostartLink(paths, name, false, true);
}

/** Makes or removes the autostart link of `name`: of every session, or of the next one only. */
export async function setAutostartLink(
  paths: EnginePaths,
  name: string,
  autostart: boolean,
  once = false,
): Promise<void> {
  const dir = autostartDirOf(paths, once);
  const link = join(dir, `${name}${SUFFIX}`);
  const existing = await readlink(link).catch(() => undefined); // absent, which is one of the two answers
  if (!autostart) {
    if (existing !== undefined) await removeDurable(link);
    return;
  }
  if (existing !== undefined) return;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await symlink(definitionPath(paths, name), link);
}

// The registry at an engine's start: every definition file becomes an entry. Those that are as they were when they were last read are not read again until somebody
// needs more of them than a list shows (state/definition-index.ts).
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { virError } from '../../../common/errors.ts';
import { type DomainDef, parseDomain } from '../../conf/domain.ts';
import { type DomainFacts, factsOf } from '../../conf/domain-facts.ts';
import { finishCreations, loadDefinitions, type StoredDefinition } from '../../state/definition-files.ts';
import { type DefinitionIndex, type IndexEntry, loadIndex, saveIndex } from '../../state/definition-index.ts';
import { finishJournals } from '../../state/journal.ts';
import type { DriverContext } from '../context.ts';
import { DomainObj } from './domain-obj.ts';

/** Throws XML_ERROR for what is not the definition of `name`. */
function parseStored(xml: string, name: string): DomainDef & { readonly uuid: string } {
  const { def } = parseDomain(xml);
  if (def.uuid === undefined) throw virError('XML_ERROR', 'it has no <uuid>');
  if (def.name !== name) throw virError('XML_ERROR', `it defines '${def.name}', but the file is named after '${name}'`);
  return { ...def, uuid: def.uuid };
}

/** Reads a definition that was left unread. */
function readLater({ path, name }: StoredDefinition, uuid: string): DomainDef {
  try {
    const def = parseStored(readFileSync(path, 'utf8'), name);
    if (def.uuid !== uuid) throw virError('XML_ERROR', `it has another uuid now, ${def.uuid}`);
    return def;
  } catch (error) {
    throw virError(
      'XML_ERROR',
      `the definition ${path} was changed or damaged since the engine began: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** Keeps what lists need, and not the definition: ten thousand of them are 300 MiB. */
function makeObj(stored: StoredDefinition, known: IndexEntry | undefined): DomainObj {
  const { uuid, facts } = stored.xml === undefined && known ? known : readFacts(stored);
  return new DomainObj({ uuid, name: stored.name, facts, load: () => readLater(stored, uuid) });
}

function readFacts({ xml = '', name }: StoredDefinition): { readonly uuid: string; readonly facts: DomainFacts } {
  const def = parseStored(xml, name);
  return { uuid: def.uuid, facts: factsOf(def) };
}

/** Loads every definition file. One that can't be used is kept, named in `context.broken` and stops nothing else. */
export async function loadAll(context: DriverContext): Promise<void> {
  const { paths } = context;
  const creations = await finishCreations(paths);
  const { reports, leftovers } = await finishJournals(paths);
  for (const report of [...creations, ...reports]) context.log.info({ report }, 'loading');
  const saved = new Set(await readdir(paths.saveDir).catch(() => [])); // none could ever be saved
  const index = loadIndex(paths);
  let isIndexOld = false;
  for (const stored of await loadDefinitions(paths, (name, stamp) => index.get(name)?.stamp === stamp)) {
    const broken = (message: string): void =>
      void context.broken.set(stored.path, { path: stored.path, name: stored.name, message });
    const leftover = leftovers.get(stored.name);
    if (leftover) {
      // A renamed domain is there under its new name.
      if (leftover.operation === 'undefine') broken(`it was removed, which could not be finished: ${leftover.reason}`);
      continue;
    }
    if ('message' in stored) {
      broken(stored.message);
      continue;
    }
    isIndexOld ||= stored.xml !== undefined;
    try {
      const obj = makeObj(stored, index.get(stored.name));
      context.list.add({ uuid: obj.uuid, name: obj.name }, { checkLive: false }, () => obj);
      obj.fileStamp = stored.stamp;
      obj.isAutostart = stored.isAutostart;
      obj.isAutostartOnce = stored.isAutostartOnce;
      obj.hasManagedSave = saved.has(`${obj.name}.save`);
    } catch (error) {
      broken(error instanceof Error ? error.message : String(error));
    }
  }
  if (isIndexOld) void saveIndex(paths, indexEntries(context));
  for (const file of context.broken.values()) context.log.warn(file, 'a definition could not be read');
}

/** What the next engine need not read again. */
export function indexEntries(context: DriverContext): DefinitionIndex {
  const entries = new Map<string, IndexEntry>();
  for (const { name, uuid, isPersistent, fileStamp, facts } of context.list.values())
    if (isPersistent && fileStamp !== undefined) entries.set(name, { stamp: fileStamp, uuid, facts });
  return entries;
}

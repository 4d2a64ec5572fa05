// Definitions in and out of the registry: define, create (transient), undefine, autostart, and loading at start. The registry is changed in one
// synchronous step by `DomainList.add`; the file follows, and a file that can't be written takes the step back.
import { virError } from '../../../common/errors.ts';
import { domainNameProblem } from '../../../common/model/machine.ts';
import { type DomainDef, formatDomain, parseDomain } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import { markPending } from '../devices/pending.ts';
import { type CompleteDef, completeDefinition } from '../native.ts';
import { DomainObj } from './domain-obj.ts';
import { emit } from './state-writer.ts';

export type ReadDefinition = CompleteDef & { readonly hasOwnUuid: boolean };

/** XML → a definition with every default and address filled in. Throws XML_ERROR, CONFIG_UNSUPPORTED, NO_SUPPORT, INVALID_ARG (name). */
export async function readDefinition(
  context: DriverContext,
  xml: string,
  file: string | undefined,
): Promise<ReadDefinition> {
  const { def, warnings } = parseDomain(xml, { file });
  const problem = domainNameProblem(def.name);
  if (problem) throw virError('XML_ERROR', `${file ? `${file}: ` : ''}${problem}`);
  const complete = await completeDefinition(context, def);
  return {
    ...complete,
    warnings: [...warnings.map(({ message }) => message), ...complete.warnings],
    hasOwnUuid: def.uuid !== undefined,
  };
}

/** `define`: makes `def` the stored definition of its domain. Runs in the domain's lane. Throws DOM_EXIST, OPERATION_FAILED (being removed), SYSTEM_ERROR. */
export async function defineDomain(
  context: DriverContext,
  def: DomainDef & { readonly uuid: string },
): Promise<DomainObj> {
  const { entry, isNew } = context.list.add(
    { uuid: def.uuid, name: def.name },
    { checkLive: false },
    () => new DomainObj({ uuid: def.uuid, def, isPersistent: true }),
  );
  const before = { def: entry.def, isPersistent: entry.isPersistent, hasNewDefinition: entry.hasNewDefinition };
  const xml = formatDomain(def);
  entry.def = def;
  entry.isPersistent = true;
  try {
    if ([...context.broken.values()].some((file) => file.name === def.name))
      await context.host.setAsideDefinition(def.name);
    await context.host.settleJournal(def.uuid);
    entry.fileStamp = await context.host.saveDefinition(def.name, xml);
  } catch (error) {
    Object.assign(entry, before);
    // A transient domain may have ended meanwhile, and was kept only because it seemed to be persistent by now.
    if (isNew || (!entry.isPersistent && !entry.live)) {
      context.list.remove(entry);
      emit(context, entry, { kind: 'updated' });
    }
    throw error;
  }
  if (entry.live) void markPending(context, entry);
  for (const [path, file] of context.broken) if (file.name === def.name) context.broken.delete(path);
  emit(context, entry, { kind: 'lifecycle', event: 'Defined', detail: isNew ? 'Added' : 'Updated' });
  return entry;
}

/**
 * `create`, first half: the entry for a domain that is to be started from XML, by the registry's rule. Synchronous: no other client comes between
 * look-up and insert. The start follows in the domain's lane, and takes a transient entry out again where it fails.
 */
export function admitTransient(
  context: DriverContext,
  def: DomainDef & { readonly uuid: string },
  hasOwnUuid: boolean,
): DomainObj {
  const namesake = hasOwnUuid ? undefined : context.list.byName(def.name);
  // XML without a UUID means the domain of this name: then the answer is that it runs or is being started, not that a UUID made up here differs.
  const uuid = namesake && (namesake.isActive || !namesake.isPersistent) ? namesake.uuid : def.uuid;
  return context.list.add(
    { uuid, name: def.name },
    { checkLive: true },
    () => new DomainObj({ uuid, def, isPersistent: false }),
  ).entry;
}

export interface UndefineOptions {
  readonly nvram?: boolean | undefined;
  readonly keepNvram?: boolean | undefined;
}

/**
 * `undefine`: the definition goes, and `files` of ours with it as a whole; a running domain becomes transient, an inactive one leaves. Throws
 * OPERATION_INVALID for a transient one.
 */
export async function undefineDomain(
  context: DriverContext,
  obj: DomainObj,
  files: readonly string[] = [],
): Promise<void> {
  if (!obj.isPersistent)
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' is transient: it has no definition to remove, and goes when it stops`,
    );
  obj.isRemoving = !obj.isActive;
  try {
    await context.host.settleJournal(obj.uuid);
  } catch (error) {
    obj.isRemoving = false;
    throw error;
  }
  try {
    if (files.length > 0)
      await context.host.saveJournal(obj.uuid, { operation: 'undefine', name: obj.name, files: [...files] });
    await context.host.removeDefinition(obj.name);
  } catch (error) {
    obj.isRemoving = false;
    await context.host.removeJournal(obj.uuid).catch(() => undefined); // what failed is told
    // Its file may be gone already, and the autostart link was what failed: who is told that the domain stays must find it tomorrow.
    await context.host.saveDefinition(obj.name, formatDomain(obj.def)).catch(() => undefined);
    throw error;
  }
  obj.isAutostart = false;
  obj.isAutostartOnce = false;
  obj.hasNewDefinition = false;
  if (obj.live) {
    obj.isPersistent = false;
    obj.def = obj.live.def;
  } else {
    context.list.remove(obj);
  }
  emit(context, obj, { kind: 'lifecycle', event: 'Undefined', detail: 'Removed' });
  await removeAll(context, obj, files);
}

/** Removes all that can be, and tells of the first that can't. */
async function removeAll(context: DriverContext, obj: DomainObj, files: readonly string[]): Promise<void> {
  const results = await Promise.allSettled(files.map((file) => context.host.removeFile(file)));
  const left = files.filter((_, index) => results[index]?.status === 'rejected');
  // What is ours the next engine tries again. A disk not: a person who was told that it stays may have kept it on purpose since.
  const ours = left.filter((file) => file.startsWith(`${context.paths.saveDir}/`));
  if (ours.length > 0) await context.host.saveJournal(obj.uuid, { operation: 'remove', name: obj.name, files: ours });
  else if (files.length > 0) await context.host.removeJournal(obj.uuid);
  const failure = results.find(({ status }) => status === 'rejected');
  if (failure?.status === 'rejected') throw failure.reason;
}

/** With `once` it is for the next session only, and says nothing of those after it. */
export async function setAutostart(
  context: DriverContext,
  obj: DomainObj,
  autostart: boolean,
  once: boolean,
): Promise<void> {
  if (!obj.isPersistent)
    throw virError('OPERATION_INVALID', `cannot set autostart for transient domain '${obj.name}'; define it first`);
  await context.host.setAutostartLink(obj.name, autostart, once);
  if (once) obj.isAutostartOnce = autostart;
  else obj.isAutostart = autostart;
  emit(context, obj, { kind: 'updated' });
}

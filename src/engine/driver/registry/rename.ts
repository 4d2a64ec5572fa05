// A new name for a domain that is off. libvirt: qemuDomainRename. Its files follow as a whole (state/journal.ts).
import { virError } from '../../../common/errors.ts';
import { domainNameProblem } from '../../../common/model/machine.ts';
import { type DomainDef, formatDomain } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import { laneOf } from '../jobs/on-domain.ts';
import type { DomainObj } from './domain-obj.ts';
import { emit } from './state-writer.ts';

function assertRenamable(context: DriverContext, obj: DomainObj, name: string): void {
  const problem = domainNameProblem(name);
  if (problem) throw virError('INVALID_ARG', problem);
  if (name === obj.name) throw virError('INVALID_ARG', `domain '${obj.name}' has this name already`);
  if (!obj.isPersistent) throw virError('OPERATION_INVALID', `domain '${obj.name}' is transient and can't be renamed`);
  if (obj.isActive) throw virError('OPERATION_INVALID', `domain '${obj.name}' is running; shut it down first`);
  if (obj.hasManagedSave)
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' has a managed save and can't be renamed; start it, or discard that first`,
    );
  if (context.list.byName(name)) throw virError('DOM_EXIST', `domain with name '${name}' already exists`);
  if ([...context.broken.values()].some((file) => file.name === name))
    throw virError(
      'DOM_EXIST',
      `there is a definition file of the name '${name}' that can't be read; move it away first`,
    );
}

/**
 * Runs in the domain's lane. Both names are the domain's until its files have followed: a new domain of either would lose its own to the move. Throws
 * INVALID_ARG, OPERATION_INVALID, DOM_EXIST, SYSTEM_ERROR; then the name is the old one.
 */
export async function renameDomain(context: DriverContext, obj: DomainObj, name: string): Promise<void> {
  assertRenamable(context, obj, name);
  context.list.reserve(obj, name);
  const old = obj.name;
  const def = { ...obj.def, name };
  try {
    await context.host.settleJournal(obj.uuid);
    await moveFiles(context, obj, old, def);
  } catch (error) {
    context.list.release(obj, name);
    throw error;
  }
  context.list.rename(obj, name);
  context.queue.renameLane(laneOf(old), laneOf(name));
  obj.def = def;
  emit(context, obj, { kind: 'lifecycle', event: 'Defined', detail: 'Renamed' });
}

async function moveFiles(context: DriverContext, obj: DomainObj, old: string, def: DomainDef): Promise<void> {
  const { host } = context;
  const { isAutostart, isAutostartOnce } = obj;
  try {
    await host.saveJournal(obj.uuid, { operation: 'rename', from: old, to: def.name, isAutostart, isAutostartOnce });
    await host.saveDefinition(def.name, formatDomain(def));
  } catch (error) {
    await host.removeDefinition(def.name).catch(() => undefined); // it may not have come to be
    await host.removeJournal(obj.uuid).catch(() => undefined); // then it speaks of a file that is not there
    throw error;
  }
  // It has happened; what is left is tidying up, which the next engine does where this one can't.
  const rest = async (): Promise<void> => {
    if (isAutostart) await host.setAutostartLink(def.name, true);
    if (isAutostartOnce) await host.setAutostartLink(def.name, true, true);
    await host.removeDefinition(old);
    await host.removeJournal(obj.uuid);
  };
  await rest().catch((error: unknown) =>
    context.log.error({ domain: def.name, error: String(error) }, 'the files of the old name could not be removed'),
  );
}

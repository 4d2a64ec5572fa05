// What a start goes on from: the file that it was given, the domain's managed save, or nothing.
import { toVirError, type VirError, virError } from '../../../common/errors.ts';
import { type DomainDef, parseDomain } from '../../conf/domain.ts';
import type { DriverContext } from '../context.ts';
import type { OpenSave } from '../host/host-port.ts';
import type { StartOptions } from '../lifecycle/start-options.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { managedSavePath } from './save.ts';

export interface SavedStart {
  readonly file: OpenSave;
  /** The definition in the file: the hardware that its memory belongs to. */
  readonly def: DomainDef;
  readonly restoring: NonNullable<LiveDomain['restoring']>;
}

/** Opens it; the caller closes `file`. Throws what is wrong with the file, with the way out. */
export async function openSavedStart(
  context: DriverContext,
  obj: DomainObj,
  options: StartOptions,
): Promise<SavedStart | undefined> {
  if (options.definition && obj.hasManagedSave)
    throw virError(
      'OPERATION_INVALID',
      `domain '${obj.name}' has a managed save, which would no longer fit its disks; start it, or discard that with managedsave-remove`,
    );
  if (options.restoreFrom !== undefined) return openOne(context, options.restoreFrom, options, false);
  if (!obj.hasManagedSave) return undefined;
  const path = managedSavePath(context, obj.name);
  if (options.forceBoot) return undefined;
  try {
    const saved = await openOne(context, path, options, true);
    if (saved.def.name === obj.name && saved.def.uuid === obj.uuid) return saved;
    await saved.file.close();
    throw virError('OPERATION_FAILED', `${path} belongs to domain '${saved.def.name}' with uuid ${saved.def.uuid}`);
  } catch (error) {
    throw restoreFailure(obj, { path, isManaged: true }, toVirError(error));
  }
}

/** A forced boot gives the managed save up: once everything that can be refused was not, and before the guest runs, whose disks then go on. */
export async function dropForBoot(context: DriverContext, obj: DomainObj): Promise<void> {
  if (!obj.hasManagedSave) return;
  await context.host.removeFile(managedSavePath(context, obj.name));
  obj.hasManagedSave = false;
}

/** Why a saved guest was not restored, and where that is known the way out: its file is still there, and need not keep its domain from being started. */
export function restoreFailure(
  obj: DomainObj,
  { path, isManaged }: Pick<SavedStart['restoring'], 'path' | 'isManaged'>,
  { code, message, detail, cause }: VirError,
): VirError {
  if (code === 'OPERATION_ABORTED') return virError(code, message, { detail, cause });
  const text = isManaged
    ? `the saved state of domain '${obj.name}' can't be restored: ${message}; mend that and start it again, or discard its saved state and boot it`
    : `domain '${obj.name}' can't be restored from ${path}: ${message}`;
  return virError(code, text, { detail, cause });
}

async function openOne(
  context: DriverContext,
  path: string,
  { paused, running }: StartOptions,
  isManaged: boolean,
): Promise<SavedStart> {
  const file = await context.host.openSaved(path);
  try {
    const { def } = parseDomain(file.image.xml, { file: path });
    return {
      file,
      def,
      restoring: { path, isManaged, resume: running ? true : paused ? false : file.image.wasRunning },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

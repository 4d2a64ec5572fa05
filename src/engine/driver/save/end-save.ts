// The two ends of a save: its file has its name, and the guest's QEMU goes; or it has not, and the guest goes on as before. Also of one that lost its engine.
import { toVirError, virError } from '../../../common/errors.ts';
import type { SaveWriter } from '../../state/save-writer.ts';
import type { DriverContext } from '../context.ts';
import { SAVED, stopDomain } from '../lifecycle/stop.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { emit, queueStatus } from '../registry/state-writer.ts';
import { cancelMigration } from './migration.ts';

/** From the moment that the file has its name: also a QEMU that ends by itself now leaves a saved guest. */
export function markSaved(obj: DomainObj, live: LiveDomain): void {
  if (!live.saving) return;
  live.saving = { ...live.saving, phase: 'saved' };
  if (live.saving.isManaged) obj.hasManagedSave = true;
}

/**
 * The guest is in the file, and its QEMU must not run it again: that would change the disks that the file's memory belongs to. Throws OPERATION_FAILED where
 * that QEMU can't be ended; from then on, for the next engine too, the domain can only be forced off.
 */
export async function endSaved(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  const path = live.saving?.path;
  try {
    await stopDomain(context, obj, live, SAVED);
  } catch (error) {
    const failure = virError(
      'OPERATION_FAILED',
      `domain '${obj.name}' is saved in ${path}, but its QEMU could not be ended: ${toVirError(error).message}; force it off`,
      { cause: error },
    );
    if (obj.live === live) {
      obj.problem = { code: failure.code, message: failure.message, at: context.now() };
      await queueStatus(context, obj, live).catch(() => undefined); // logged by the writer; the file's name tells the next engine as well
      emit(context, obj, { kind: 'updated' });
    }
    throw failure;
  }
}

const HELD =
  'QEMU does not let go of the file, whose disk may not answer: until it does, the domain can be neither saved nor dumped';

/** The guest goes on as before the save, unless somebody has paused it since. False where QEMU still holds the migration, which need not keep its guest from running. */
async function goOn(live: LiveDomain): Promise<boolean> {
  const isFree = await cancelMigration(live);
  live.pauseReason = undefined;
  const { monitor } = live;
  const status = (await monitor?.execute('query-status'))?.status;
  if (live.saving?.wasRunning && status !== 'running') {
    live.resumeReason = 'save canceled';
    await monitor?.execute('cont');
  }
  return isFree;
}

/** Takes back what was begun. The save's own error is what is told; what is left of it beside, one clause for people, is returned. */
export async function takeBack(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  writer: SaveWriter | undefined,
): Promise<string | undefined> {
  let left: string | undefined;
  try {
    if (obj.live === live && live.phase === 'running' && !(await goOn(live))) left = `its guest goes on, but ${HELD}`;
  } catch (error) {
    left = `it could not be resumed: ${toVirError(error).message}`;
    context.log.error({ domain: obj.name, error: String(error) }, 'a guest could not be resumed after its save failed');
  }
  // An engine that lets go leaves the rest to the next one, which tells a save that was taken back by its temporary file.
  if (obj.live !== live && live.phase === 'running') return left;
  try {
    // Twice: the disk that had no space for the memory may have some again.
    await markTakenBack(context, obj, live).catch(() => markTakenBack(context, obj, live));
    await writer?.discard();
    live.saving = undefined;
  } catch (error) {
    // An engine that takes over removes it, and does no more: what the guest does by then is its own, or a person's, affair.
    if (live.saving) live.saving = { ...live.saving, wasRunning: false };
    context.log.error({ domain: obj.name, error: String(error) }, 'what a failed save left could not be removed');
  }
  if (obj.live === live) await queueStatus(context, obj, live).catch(() => undefined); // logged by the writer
  return left;
}

/** Before the temporary file goes: without it, a status that says 'writing' means a guest that was saved, where `path` has a file of before. */
async function markTakenBack(context: DriverContext, obj: DomainObj, live: LiveDomain): Promise<void> {
  if (obj.live !== live || !live.saving) return;
  live.saving = { ...live.saving, phase: 'preparing' };
  await queueStatus(context, obj, live);
}

/** A save that lost its engine: it is finished where the file got its name, else taken back. Returns what was done. */
export async function recoverSave(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
): Promise<string | undefined> {
  const { saving } = live;
  if (!saving) return undefined;
  const { hasTemporary, hasFile } = await context.host.findSave(saving);
  if (obj.live !== live) return undefined;
  if (saving.phase === 'saved' || (saving.phase === 'writing' && !hasTemporary && hasFile)) {
    markSaved(obj, live);
    await endSaved(context, obj, live);
    return `'${obj.name}' had just been saved and was ended`;
  }
  const isFree = await goOn(live);
  if (obj.live !== live) return undefined;
  await markTakenBack(context, obj, live);
  if (hasTemporary) await context.host.removeFile(saving.temporary);
  live.saving = undefined;
  await queueStatus(context, obj, live);
  if (!isFree)
    throw virError('OPERATION_TIMEOUT', `the save of domain '${obj.name}' was taken back and it goes on, but ${HELD}`);
  return `the save of '${obj.name}' was taken back`;
}

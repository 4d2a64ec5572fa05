// Threads that come while a domain runs, processors' and I/O threads: they begin where the emulator's are, and are bound as the definition says.
import { toVirError, type VirError, virError } from '../../../common/errors.ts';
import type { DriverContext } from '../context.ts';
import type { LiveRun } from '../devices/live-run.ts';
import { finishChange, type StoredDef } from '../devices/stored-change.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { applyPins } from './pins.ts';

/** Why threads that have come run where they like; undefined: they do not. */
export type Unbound = VirError | undefined;

/** What has come stays, whatever becomes of its threads: the rest of the change is made all the same, and this is told behind it. */
export async function bindThreads({ context, obj, live, signal }: LiveRun): Promise<Unbound> {
  try {
    await applyPins(context, live, { signal });
    return undefined;
  } catch (error) {
    if (signal.aborted || obj.live !== live) throw error;
    const { code, message, detail } = toVirError(error);
    return virError(
      code,
      `domain '${obj.name}' was changed, but its new threads can't be bound to their CPUs: ${message}`,
      {
        detail,
        cause: error,
      },
    );
  }
}

/** finishChange where threads may have come. */
export async function finishThreads(
  context: DriverContext,
  obj: DomainObj,
  stored: StoredDef | undefined,
  run: LiveRun | undefined,
  unbound: Unbound,
): Promise<void> {
  await finishChange(context, obj, stored, run !== undefined);
  if (unbound) throw unbound;
}

// Freezing the guest's filesystems for a moment in which its disks are consistent. A guest that stays frozen is a guest that hangs; so a freeze whose
// outcome is not known is taken back, and a thaw waits behind nothing.
import { VirError, virError } from '../../../common/errors.ts';
import type { DriverContext } from '../context.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { queueStatus } from '../registry/state-writer.ts';
import { type AskedAgent, requireAgent } from './agent-port.ts';

export interface FreezeOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number | undefined;
  readonly mountpoints?: readonly string[] | undefined;
}

/** How many were frozen. Throws OPERATION_INVALID where they are already, and what the agent throws. */
export async function freezeGuest(
  context: DriverContext,
  obj: DomainObj,
  { mountpoints, ...options }: FreezeOptions,
): Promise<number> {
  const asked = requireAgent(obj);
  const { agent, live } = asked;
  if (live.isFrozen)
    throw virError('OPERATION_INVALID', `the filesystems of domain '${obj.name}' are frozen already; thaw them first`);
  await agent.execute('guest-ping', undefined, options); // one that hangs is found here, where nothing was frozen yet
  const mark = (isFrozen: boolean): Promise<void> => markFrozen(context, obj, live, isFrozen);
  // Before it is asked: an engine that takes over must not believe that they are thawed.
  await mark(true).catch((error: unknown) => {
    live.isFrozen = false;
    throw error;
  });
  try {
    const count = mountpoints
      ? await agent.execute('guest-fsfreeze-freeze-list', { mountpoints }, options)
      : await agent.execute('guest-fsfreeze-freeze', undefined, options);
    if (count === 0) await mark(false).catch(() => undefined); // logged by the writer
    return count;
  } catch (error) {
    throw await takeBack(obj, asked, mark, error);
  }
}

async function markFrozen(context: DriverContext, obj: DomainObj, live: LiveDomain, isFrozen: boolean): Promise<void> {
  if ((live.isFrozen ?? false) === isFrozen) return;
  live.isFrozen = isFrozen;
  if (obj.live === live) await queueStatus(context, obj, live);
}

/** Also after a refusal: the agent thaws before it refuses, but only its word says so. */
async function takeBack(
  obj: DomainObj,
  { agent }: AskedAgent,
  mark: (isFrozen: boolean) => Promise<void>,
  error: unknown,
): Promise<unknown> {
  try {
    await agent.execute('guest-fsfreeze-thaw', undefined, { isUrgent: true });
    await mark(false).catch(() => undefined); // logged by the writer
    return error;
  } catch {
    if (!(error instanceof VirError)) return error;
    if (error.code === 'NO_SUPPORT') {
      await mark(false).catch(() => undefined); // one that can't freeze can't thaw either
      return error;
    }
    const message = `${error.message}; whether filesystems of domain '${obj.name}' are frozen is not known: thaw them when its agent answers again`;
    return virError(error.code, message, { cause: error });
  }
}

/** How many were thawed; also where we know of no freeze. Never refuses by what it believes. */
export async function thawGuest(
  context: DriverContext,
  obj: DomainObj,
  options: Omit<FreezeOptions, 'mountpoints'>,
): Promise<number> {
  const { agent, live } = requireAgent(obj);
  const count = await agent.execute('guest-fsfreeze-thaw', undefined, { ...options, isUrgent: true });
  await markFrozen(context, obj, live, false).catch(() => undefined); // logged by the writer
  return count;
}

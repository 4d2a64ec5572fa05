// A shutdown with a deadline: the guest was asked, and is waited for. It waits in a lane of its own, so that nobody waits for it: a person can still look at the
// guest, pause it, or force it off.
import type { CallContext } from '../../../common/contract/server.ts';
import { virError } from '../../../common/errors.ts';
import { withDeadline } from '../../util/deadline.ts';
import type { DriverContext } from '../context.ts';
import { laneOf, ref } from '../jobs/on-domain.ts';
import type { DomainObj, LiveDomain } from '../registry/domain-obj.ts';
import { stopDomain } from './stop.ts';

export interface ShutdownWait {
  readonly timeoutMs: number;
  readonly onTimeout: 'leave' | 'destroy';
}

/** Whether it had to be forced off. Throws OPERATION_TIMEOUT where it is to be left, OPERATION_ABORTED. */
export async function awaitShutdown(
  context: DriverContext,
  obj: DomainObj,
  live: LiveDomain,
  { timeoutMs, onTimeout }: ShutdownWait,
  { signal }: CallContext,
): Promise<boolean> {
  const isOff = await context.queue.submit({
    procedure: 'domain.shutdown',
    label: `Wait until ${obj.name} is off`,
    domain: ref(obj),
    canCancel: true,
    signal,
    run: async (command) => {
      command.progress(`Waiting up to ${Math.round(timeoutMs / 1000)} s for the guest`);
      const what = `the shutdown of domain '${obj.name}'`;
      try {
        await withDeadline(live.stopped.promise, { timeoutMs, signal: command.signal, what });
        return true;
      } catch (error) {
        const isLate = error instanceof Error && 'code' in error && error.code === 'OPERATION_TIMEOUT';
        if (isLate && onTimeout === 'destroy') return false;
        if (isLate)
          throw virError(
            'OPERATION_TIMEOUT',
            `domain '${obj.name}' did not shut down within ${timeoutMs / 1000} s; it may ignore the power button: force it off, or ask its agent`,
          );
        throw error;
      }
    },
  });
  if (isOff) return false;
  await context.queue.submit({
    procedure: 'domain.destroy',
    label: `Force off ${obj.name}`,
    domain: ref(obj),
    lane: laneOf(obj.name),
    kind: 'destroy',
    run: () => stopDomain(context, obj, live, { reason: 'destroyed', event: 'Stopped', detail: 'Destroyed' }),
  });
  return true;
}

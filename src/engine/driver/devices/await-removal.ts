// Waiting for the guest to let go of a device (libvirt: qemuDomainWaitForDeviceRemoval). The wait listens for our own event, which comes after the running
// definition was changed; so who was told 'done' finds it done.
import { virError } from '../../../common/errors.ts';
import type { DomainEvent } from '../../../common/model/event.ts';
import { withDeadline } from '../../util/deadline.ts';
import type { LiveRun } from './live-run.ts';

const REMOVAL_WAIT_MS = 5_000;

export type Removal = 'done' | 'asked';

/** Asks by `ask`, then waits. Throws OPERATION_FAILED where the guest refuses or ends, OPERATION_ABORTED. */
export async function askForRemoval(
  { context, obj, live, signal }: LiveRun,
  alias: string,
  ask: () => Promise<unknown>,
  timeoutMs: number = REMOVAL_WAIT_MS,
): Promise<Removal> {
  const told = Promise.withResolvers<Removal>();
  told.promise.catch(() => undefined); // where asking itself fails, nobody waits
  const listen = ({ kind, uuid, detail }: DomainEvent): void => {
    if (uuid !== obj.uuid || detail !== alias) return;
    if (kind === 'device-removed') told.resolve('done');
    if (kind === 'device-removal-failed')
      told.reject(
        virError(
          'OPERATION_FAILED',
          `the guest of domain '${obj.name}' refused to let go of '${alias}'; is it in use?`,
        ),
      );
  };
  const listening = context.events.onEvent(listen);
  const ended = live.stopped.promise.then((): Removal => {
    throw virError('OPERATION_FAILED', `domain '${obj.name}' ended before it let go of '${alias}'`);
  });
  ended.catch(() => undefined); // it ends some day, long after this
  try {
    await ask();
    if (timeoutMs === 0) return await Promise.race([told.promise, Promise.resolve<Removal>('asked')]);
    return await withDeadline(Promise.race([told.promise, ended]), {
      signal,
      timeoutMs,
      what: `the removal of '${alias}'`,
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'OPERATION_TIMEOUT') return 'asked';
    throw error;
  } finally {
    listening.dispose();
  }
}

// Following a migration: QEMU's only way to put a guest's memory into a file and to take it out again.
import { virError } from '../../../common/errors.ts';
import { MIGRATION_ENDS, type MigrationInfo } from '../../qemu/replies/migration.ts';
import { pause } from '../../util/deadline.ts';
import type { MonitorPort } from '../host/host-port.ts';
import type { LiveDomain } from '../registry/domain-obj.ts';

/** Often enough for a progress bar; a save of a small guest is over at the first look. */
const FIRST_LOOK_MS = 10;
const POLL_MS = 200;
/** QEMU lets go at once, but where its thread hangs in a write to a disk that does not answer. */
const CANCEL_MS = 10_000;

const isEnd = (status: string | undefined): boolean => MIGRATION_ENDS.some((end) => end === status);

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Rejects where the other end fails first: the disk is full. */
  readonly broken?: Promise<never>;
  onProgress(info: MigrationInfo): void;
}

/** Polls until the migration is complete. Throws OPERATION_ABORTED, OPERATION_FAILED with QEMU's reason. It cancels nothing by itself. */
export async function followMigration(
  monitor: MonitorPort,
  { signal, broken, onProgress }: FollowOptions,
): Promise<void> {
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(POLL_MS, wait * 2)) {
    const looked = monitor.execute('query-migrate', undefined, { signal });
    const info = await (broken ? Promise.race([looked, broken]) : looked);
    onProgress(info);
    if (info.status === 'completed') return;
    if (signal.aborted || info.status === 'cancelled') throw virError('OPERATION_ABORTED', 'it was cancelled');
    if (info.status === 'failed')
      throw virError('OPERATION_FAILED', `QEMU could not do it: ${info['error-desc'] ?? 'it does not say why'}`);
    await (broken ? Promise.race([pause(wait, signal), broken]) : pause(wait, signal));
  }
}

/** Ends a migration that is under way; returns when QEMU has let go of it, or false where it does not in time. */
export async function cancelMigration(live: LiveDomain): Promise<boolean> {
  const { monitor } = live;
  if (!monitor || monitor.isClosed) return true;
  const { status } = await monitor.execute('query-migrate');
  if (status === undefined || isEnd(status)) return true;
  await monitor.execute('migrate_cancel');
  const end = performance.now() + CANCEL_MS;
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(POLL_MS, wait * 2)) {
    const info = await monitor.execute('query-migrate');
    if (isEnd(info.status) || info.status === undefined) return true;
    if (performance.now() >= end) return false;
    await pause(wait);
  }
}

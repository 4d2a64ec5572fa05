// Exactly one engine a user. The lock must be one that the kernel lets go of when its holder dies; Node has no flock(2), but its SQLite takes a
// POSIX record lock for an exclusive transaction, which is just that and needs no native module of ours.
import { DatabaseSync } from 'node:sqlite';
import { type Disposable, toDisposable } from '../../common/base/dispose.ts';
import { virError } from '../../common/errors.ts';

const SQLITE_BUSY = 5;

/** Takes the lock at `path`, or returns undefined where another process holds it. `waitMs` blocks the thread for at most that long. */
export function tryLock(path: string, waitMs = 0): Disposable | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: waitMs });
    // Only the lock is wanted: no journal file may be left beside it by a crash.
    database.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    const held = database;
    return toDisposable(() => held.close());
  } catch (error) {
    database?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined;
    throw virError(
      'SYSTEM_ERROR',
      `the lock ${path} can't be taken: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

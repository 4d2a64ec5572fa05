// What an engine that ends leaves to the one after it beside the guests: the numbers of its events, so that nobody who listens misses one. Also who the engine is,
// for clients that are newer than it.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventHistory, eventHistorySchema } from '../../common/model/event.ts';
import type { EnginePaths } from './paths.ts';

const handoverPath = (paths: EnginePaths): string => join(paths.runtimeDir, 'handover.json');

/** A hint and no more: where it can't be written, clients take a new snapshot. */
export const saveHandover = (paths: EnginePaths, history: EventHistory): Promise<void> =>
  writeFile(handoverPath(paths), JSON.stringify(history), { mode: 0o600 }).catch(() => undefined);

/**
 * The history to go on with; it is good for one engine. Without one (a crash, a new session) numbers begin at `now`, ms since the host's start
 * by a clock that does not jump, which is beyond all that were given before: no engine makes more than one event a millisecond for long.
 */
export async function takeHandover(paths: EnginePaths, now: number): Promise<EventHistory> {
  const path = handoverPath(paths);
  try {
    const history = eventHistorySchema.parse(JSON.parse(await readFile(path, 'utf8')));
    await rm(path, { force: true });
    return history;
  } catch {
    await rm(path, { force: true }).catch(() => undefined); // absent, or of another version
    return { sequence: now, recent: [] };
  }
}

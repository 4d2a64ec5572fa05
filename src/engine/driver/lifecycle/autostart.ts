// Starting what is marked for it, once a login: by the first engine of the session, not by each one that replaces another (libvirt: virDomainObjListForEach
// over autostart at the daemon's first start after boot, told by a file in its runtime folder).
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DriverContext } from '../context.ts';
import { laneOf } from '../jobs/on-domain.ts';
import { startDomain } from './start.ts';

/** In the runtime folder, which goes with the login. */
const MARKER = 'autostarted';

/**
 * Queues a start for each marked domain that does not run; returns at once. A start that fails is told by its domain and its command. Where it can't be marked as
 * done nothing is started: the next engine would start again what a person has stopped meanwhile.
 */
export async function autostartOnce(context: DriverContext): Promise<void> {
  const marker = join(context.paths.runtimeDir, MARKER);
  const isDone = await access(marker).then(
    () => true,
    () => false,
  );
  if (isDone) return;
  try {
    await writeFile(marker, '', { mode: 0o600 });
  } catch (error) {
    context.log.error(
      { error: String(error) },
      'the domains of the session are not started: its marker can’t be written',
    );
    return;
  }
  for (const obj of context.list.values()) {
    const isWanted = obj.isAutostart || obj.isAutostartOnce;
    if (obj.isAutostartOnce) {
      // Its one time is this, also where the start fails.
      await context.host
        .setAutostartLink(obj.name, false, true)
        .catch((error: unknown) =>
          context.log.error({ domain: obj.name, error: String(error) }, 'the mark for one session stays'),
        );
      obj.isAutostartOnce = false;
    }
    if (!isWanted || obj.isActive) continue;
    const start = context.queue.submit({
      procedure: 'domain.start',
      label: `Start ${obj.name}`,
      domain: { uuid: obj.uuid, name: obj.name },
      lane: laneOf(obj.name),
      kind: 'start',
      canCancel: true,
      yieldsToPreemption: true,
      run: (command) => startDomain(context, obj, {}, command),
    });
    start.catch((error: unknown) =>
      context.log.error({ domain: obj.name, error: String(error) }, 'a domain could not be started with the session'),
    );
  }
}

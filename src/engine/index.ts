// The engine's front door for shells: whoever comes first hosts the engine, the others become clients of it. Exactly one a user, by a lock that the
// kernel lets go of when its holder dies.
import { join } from 'node:path';
import { toDisposable } from '../common/base/dispose.ts';
import { virError } from '../common/errors.ts';
import type { EngineInfo } from '../common/model/host.ts';
import { connectEngine, type EngineDoor } from './client.ts';
import { serveSocket } from './door/socket-server.ts';
import { startEngine } from './engine.ts';
import { writeIdentity } from './state/engine-identity.ts';
import { tryLock } from './state/engine-lock.ts';
import { type EnginePaths, prepareDirectories, resolvePaths } from './state/paths.ts';
import { pause } from './util/deadline.ts';
import { createLog } from './util/log.ts';

export type { EngineDoor } from './client.ts';
export { startConsoleServer } from './door/console-server.ts';
export { createWebSocketTransport, joinByteStream } from './door/web-socket.ts';
export { startSuccessor } from './successor.ts';

export interface CreateEngineOptions {
  readonly shell: EngineInfo['shell'];
  readonly version: string;
  /** Called when a client asks the hosted engine to end. */
  readonly onStopRequest: () => void;
  readonly consoleUrl?: () => string | undefined;
  /** Waits for the engine that runs to end, instead of becoming its client. */
  readonly takeOver?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How long to wait for an engine that holds the lock and does not answer yet, or no longer. */
const PATIENCE_MS = 15_000;

/** The guests have no engine while it waits. */
const TAKE_OVER_POLL_MS = 5;

async function host(paths: EnginePaths, options: CreateEngineOptions, unlock: () => void): Promise<EngineDoor> {
  const log = createLog(join(paths.logDir, 'engine.log'));
  const engine = await startEngine({ ...options, paths, log });
  let socket: Awaited<ReturnType<typeof serveSocket>>;
  try {
    try {
      writeIdentity(paths, { pid: process.pid, version: options.version, shell: options.shell });
    } catch (error) {
      // A full runtime folder: a newer program does not learn that this one is older, and that is all.
      log.warn({ error: String(error) }, 'who the engine is could not be written down');
    }
    socket = await serveSocket(paths.socket, engine, log);
  } catch (error) {
    // It holds the guests' monitors, which the next one needs, and the lock is let go of.
    await engine.close();
    throw error;
  }
  return {
    role: 'host',
    handler: engine.handler,
    openConsole: async (ticket) => engine.openConsole(ticket),
    onEnd: () => toDisposable(() => undefined),
    isBusy: engine.isBusy,
    clientCount: socket.connections,
    close: async () => {
      await engine.close();
      await socket.close();
      unlock();
    },
  };
}

/** Hosts the engine, or finds the one that runs. Throws NO_CONNECT where the lock is held and nobody answers, SYSTEM_ERROR (runtime folder, socket). */
export async function createEngine(options: CreateEngineOptions): Promise<EngineDoor> {
  const paths = resolvePaths(options.env);
  await prepareDirectories(paths);
  const end = performance.now() + PATIENCE_MS;
  while (performance.now() < end) {
    const lock = tryLock(paths.lock);
    if (lock) {
      try {
        return await host(paths, options, () => lock.dispose());
      } catch (error) {
        lock.dispose();
        throw error;
      }
    }
    const found = options.takeOver ? undefined : await connectEngine(paths, options.version);
    if (found) return found;
    await pause(options.takeOver ? TAKE_OVER_POLL_MS : 50);
  }
  throw virError('NO_CONNECT', `another Vivarium engine holds ${paths.lock} and does not answer; end it and try again`);
}

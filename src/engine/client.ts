// Talking to an engine that runs in another process, over its unix socket. Loads nothing of the engine itself, so that a command line call is quick.
import { lstatSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Disposable } from '../common/base/dispose.ts';
import { Emitter } from '../common/base/emitter.ts';
import type { ContractClient } from '../common/contract/client.ts';
import { createContractClient } from '../common/contract/client.ts';
import { readErrorEnvelope } from '../common/contract/read-message.ts';
import type { ContractHandler } from '../common/contract/server.ts';
import { fromEnvelope, virError } from '../common/errors.ts';
import type { EngineDoor } from './door/door.ts';
import type { Hello } from './door/socket-protocol.ts';
import { createSocketTransport } from './door/socket-transport.ts';
import { isOlder, readIdentity } from './state/engine-identity.ts';
import type { EnginePaths } from './state/paths.ts';

export type { EngineDoor } from './door/door.ts';
export type { EnginePaths } from './state/paths.ts';
export { prepareRuntimeDir, resolvePaths } from './state/paths.ts';

/** More than the longest answer to a console's first line: an error. */
const MAX_ANSWER_BYTES = 4096;

/** `tryLock`, loaded (with SQLite) only by a call that launches an engine. */
export const lockLaunch = async (path: string, waitMs: number): Promise<Disposable | undefined> =>
  (await import('./state/engine-lock.ts')).tryLock(path, waitMs);

/** The systemd unit that starts an engine with the session; loaded by the one command that wants it. */
export const loadSessionUnit = () => import('./state/session-unit.ts');

/** Whether the runtime folder is there and this user's alone. Where it is not, `prepareRuntimeDir` mends that, or says why it can't. */
export function hasOwnRuntimeDir({ runtimeDir }: EnginePaths): boolean {
  const stat = lstatSync(runtimeDir, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o077) === 0;
}

/** An open, greeted connection, or undefined where nobody listens. Rejects for other reasons (no permission). */
function dial(path: string, hello: Hello): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.write(`${JSON.stringify(hello)}\n`);
      resolve(socket);
    });
    socket.once('error', (error) => {
      const code = 'code' in error ? error.code : undefined;
      if (code === 'ENOENT' || code === 'ECONNREFUSED') resolve(undefined);
      else
        reject(
          virError('NO_CONNECT', `the engine's socket ${path} can't be opened: ${error.message}`, { cause: error }),
        );
    });
  });
}

/** A contract client of the running engine, or undefined where none runs. */
export async function connectClient(socketPath: string): Promise<ContractClient | undefined> {
  const socket = await dial(socketPath, { vivarium: 1, for: 'contract' });
  return socket && createContractClient(createSocketTransport(socket));
}

/**
 * A client of the engine that runs, unless that is an older program's background engine: it is asked to end, and undefined is returned as where none runs. Guests go
 * on; who starts the next engine adopts them. A window's own engine is left alone: it would take the window with it.
 */
export async function connectCurrent(paths: EnginePaths, version: string): Promise<ContractClient | undefined> {
  const client = await connectClient(paths.socket);
  const identity = client && readIdentity(paths);
  if (!client || identity?.shell !== 'background' || !isOlder(identity.version, version)) return client;
  // What it is in the middle of, a save perhaps, it may finish: the next call finds it idle.
  const { commands } = await client.call('command.list', {});
  if (commands.some(({ state }) => state === 'queued' || state === 'running')) return client;
  const ended = new Promise<void>((resolve) => client.onClose(() => resolve()));
  await client.call('engine.stop', {}).catch(() => undefined); // it ends already
  await ended;
  client.dispose();
  return undefined;
}

/** Redeems `ticket` on a connection of its own, which then is the console. It comes paused: `resume` it once somebody listens. */
export async function connectConsole(socketPath: string, ticket: string): Promise<Duplex> {
  const socket = await dial(socketPath, { vivarium: 1, for: 'console', ticket });
  if (!socket) throw virError('NO_CONNECT', 'the engine has ended');
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const receive = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf(10);
      if (end < 0 && head.length < MAX_ANSWER_BYTES) return;
      socket.off('data', receive);
      socket.pause();
      const answer: unknown = JSON.parse(head.subarray(0, end).toString('utf8'));
      if (end + 1 < head.length) socket.unshift(head.subarray(end + 1));
      const error =
        typeof answer === 'object' && answer !== null && 'error' in answer
          ? (readErrorEnvelope(answer.error) ?? {
              code: 'NO_CONNECT' as const,
              message: 'the engine refused the console',
            })
          : undefined;
      if (error) reject(fromEnvelope(error));
      else resolve(socket);
    };
    socket.on('data', receive);
    socket.once('error', reject);
    socket.once('close', () => reject(virError('NO_CONNECT', 'the engine closed the console')));
  });
}

/** The engine of another process as a door, or undefined where none runs. */
export async function connectEngine(paths: EnginePaths, version: string): Promise<EngineDoor | undefined> {
  const client = await connectCurrent(paths, version);
  if (!client) return undefined;
  const ended = new Emitter<string>();
  client.onClose((reason) => ended.fire(reason));
  const handler: ContractHandler = {
    call: (procedure, input, { signal }) => client.call(procedure, input as never, { signal }),
    subscribe: (event, listener, after) => client.subscribe(event, listener, after === undefined ? {} : { after }),
  };
  return {
    role: 'client',
    handler,
    openConsole: (ticket) => connectConsole(paths.socket, ticket),
    onEnd: ended.event,
    isBusy: () => false,
    clientCount: () => 0,
    close: async () => client.dispose(),
  };
}

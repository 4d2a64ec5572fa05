// The engine's unix socket: the command line and second windows come in here. 0600 in a 0700 folder; who can open it is the user.
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { serveContract } from '../../common/contract/server.ts';
import { toEnvelope, virError } from '../../common/errors.ts';
import type { Engine } from '../engine.ts';
import type { Log } from '../util/log.ts';
import { type Hello, helloSchema, MAX_HELLO_BYTES } from './socket-protocol.ts';
import { createSocketTransport } from './socket-transport.ts';

/** A socket path longer than this the kernel refuses (sun_path, unix(7)). */
const MAX_SOCKET_PATH = 107;

export interface SocketServer {
  readonly connections: () => number;
  close(): Promise<void>;
}

/** Reads the first line; what came behind it is put back. */
function readHello(socket: Socket, onHello: (hello: Hello) => void, onBad: () => void): void {
  let head = Buffer.alloc(0);
  const receive = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0 && head.length <= MAX_HELLO_BYTES) return;
    socket.off('data', receive);
    const parsed = end < 0 ? undefined : parseHello(head.subarray(0, end).toString('utf8'));
    if (!parsed) return onBad();
    socket.pause();
    if (end + 1 < head.length) socket.unshift(head.subarray(end + 1));
    onHello(parsed);
    socket.resume();
  };
  socket.on('data', receive);
}

function parseHello(line: string): Hello | undefined {
  try {
    const parsed = helloSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined; // not JSON: not a client of ours
  }
}

function joinConsole(socket: Socket, open: () => Duplex): void {
  try {
    const stream = open();
    socket.write(`${JSON.stringify({ ok: true })}\n`);
    stream.on('error', () => socket.destroy());
    socket.on('error', () => stream.destroy());
    socket.on('close', () => stream.destroy());
    stream.on('close', () => socket.end());
    socket.pipe(stream).pipe(socket);
  } catch (error) {
    socket.end(`${JSON.stringify({ error: toEnvelope(error) })}\n`);
  }
}

async function listen(server: Server, path: string, log: Log): Promise<void> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw virError(
      'SYSTEM_ERROR',
      `the socket ${path} has a path longer than ${MAX_SOCKET_PATH} bytes; set XDG_RUNTIME_DIR to a shorter one`,
    );
  }
  // We hold the engine's lock, so a socket that is there belongs to an engine that died.
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    // Later too: a client that can't be accepted (no descriptor is left) must not end the engine.
    server.on('error', (error) => {
      log.error({ error: error.message }, 'the engine’s socket has an error');
      reject(error);
    });
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);
}

/** Serves `engine` on `path`. Throws SYSTEM_ERROR where it can't listen. */
export async function serveSocket(path: string, engine: Engine, log: Log): Promise<SocketServer> {
  const sockets = new Set<Socket>();
  const accept = (socket: Socket, hello: Hello): void => {
    if (hello.for === 'console') return joinConsole(socket, () => engine.openConsole(hello.ticket));
    serveContract(createSocketTransport(socket), engine.handler, {
      onInternalError: (error) =>
        log.error({ error: error instanceof Error ? error.stack : String(error) }, 'internal error'),
    });
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy()); // a client that went away
    readHello(
      socket,
      (hello) => accept(socket, hello),
      () => socket.destroy(),
    );
  });
  await listen(server, path, log);
  return {
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

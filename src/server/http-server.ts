// The loopback HTTP server: the renderer's files, the exchange of the one-time token, and two WebSockets, /contract and /console. It binds 127.0.0.1 only.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ContractHandler, serveContract } from '../common/contract/server.ts';
import { VirError, virError } from '../common/errors.ts';
import { createWebSocketTransport, joinByteStream } from '../engine/index.ts';
import { checkRequest, readCookie } from './request-guard.ts';
import type { SessionStore } from './session-store.ts';
import type { StaticFile } from './static-files.ts';

export const CONTRACT_PROTOCOL = 'vivarium.v1';
export const CONSOLE_PROTOCOL = 'binary';
const MAX_BODY_BYTES = 4 * 1024;
/** A definition may have 4 MiB, and JSON doubles some of it. */
const MAX_CONTRACT_MESSAGE = 10 * 1024 * 1024;
const MAX_CONSOLE_MESSAGE = 1024 * 1024;

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

/** What the server asks of the engine. The engine behind it may change, when the one that another process hosts ends. */
export interface Backend {
  handler(): ContractHandler;
  openConsole(ticket: string): Promise<Duplex>;
  onInternalError(error: unknown): void;
}

export interface HttpServerOptions {
  readonly port: number;
  readonly files: ReadonlyMap<string, StaticFile>;
  readonly sessions: SessionStore;
  readonly backend: Backend;
}

export interface HttpServer {
  readonly port: number;
  /** Ends the windows' connections: they come back by themselves. */
  dropClients(): void;
  readonly clients: () => number;
  close(): Promise<void>;
}

const cookieName = (port: number): string => `vivarium-${port}`;

function respond(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(body);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > MAX_BODY_BYTES) throw virError('INVALID_ARG', 'the request is too long');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseToken(body: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'token' in value && typeof value.token === 'string'
      ? value.token
      : undefined;
  } catch {
    return undefined; // not JSON: no token
  }
}

async function exchangeToken(
  request: IncomingMessage,
  response: ServerResponse,
  sessions: SessionStore,
  port: number,
): Promise<void> {
  if (request.headers['content-type']?.split(';')[0]?.trim() !== 'application/json')
    return respond(response, 415, 'JSON is wanted');
  const token = parseToken(await readBody(request));
  const keys = token === undefined ? undefined : sessions.exchange(token);
  if (!keys)
    return respond(response, 401, 'This address was used already, or is not right. Run npm start again for a new one.');
  respond(response, 200, JSON.stringify({ tabToken: keys.tabToken }), {
    'Content-Type': 'application/json',
    'Set-Cookie': `${cookieName(port)}=${keys.cookie}; HttpOnly; SameSite=Strict; Path=/`,
  });
}

async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { files, sessions }: HttpServerOptions,
  port: number,
): Promise<void> {
  const verdict = checkRequest({ method: request.method ?? '', headers: request.headers, isUpgrade: false }, port);
  if (verdict.kind === 'refuse') return respond(response, verdict.status, verdict.why);
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (request.method === 'POST') {
    return path === '/session'
      ? exchangeToken(request, response, sessions, port)
      : respond(response, 404, 'There is nothing here.');
  }
  const file = files.get(path);
  if (!file) return respond(response, 404, 'There is nothing here.');
  respond(response, 200, request.method === 'HEAD' ? '' : file.body, {
    'Content-Type': file.type,
    'Cache-Control': file.isImmutable ? 'private, max-age=31536000, immutable' : 'no-cache',
  });
}

const offeredProtocols = (request: IncomingMessage): readonly string[] =>
  (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
const protocolValue = (offered: readonly string[], kind: string): string | undefined =>
  offered.find((item) => item.startsWith(`${kind}.`))?.slice(kind.length + 1);

function refuseUpgrade(socket: Duplex, status: number, why: string): void {
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(why)}\r\n\r\n${why}`,
  );
}

const errorStatus = (error: unknown): number =>
  error instanceof VirError && error.code === 'OPERATION_DENIED' ? 401 : 409;

/** Both upgrades: the guard, the session, then what the path wants. */
function upgradeHandler(options: HttpServerOptions, port: number, clients: Set<WebSocket>) {
  const { backend, sessions } = options;
  const contractServer = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CONTRACT_MESSAGE,
    handleProtocols: () => CONTRACT_PROTOCOL,
  });
  const consoleServer = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_CONSOLE_MESSAGE,
    handleProtocols: () => CONSOLE_PROTOCOL,
  });
  const follow = (socket: WebSocket): void => {
    clients.add(socket);
    socket.on('close', () => clients.delete(socket));
    socket.on('error', () => socket.terminate()); // too long a message, a broken frame: that client is dropped
  };
  return async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy()); // a client that went away during the handshake
    const verdict = checkRequest({ method: request.method ?? '', headers: request.headers, isUpgrade: true }, port);
    if (verdict.kind === 'refuse') return refuseUpgrade(socket, verdict.status, verdict.why);
    const offered = offeredProtocols(request);
    if (!sessions.check(readCookie(request.headers.cookie, cookieName(port)), protocolValue(offered, 'token')))
      return refuseUpgrade(socket, 401, 'no session');
    const path = (request.url ?? '').split('?')[0];
    if (path === '/contract' && offered.includes(CONTRACT_PROTOCOL)) {
      return contractServer.handleUpgrade(request, socket, head, (client) => {
        follow(client);
        serveContract(createWebSocketTransport(client), backend.handler(), {
          onInternalError: backend.onInternalError,
        });
      });
    }
    if (path !== '/console' || !offered.includes(CONSOLE_PROTOCOL))
      return refuseUpgrade(socket, 404, 'there is nothing here');
    try {
      const stream = await backend.openConsole(protocolValue(offered, 'ticket') ?? '');
      socket.once('close', () => stream.destroy());
      consoleServer.handleUpgrade(request, socket, head, (client) => {
        follow(client);
        joinByteStream(client, stream);
      });
    } catch (error) {
      refuseUpgrade(
        socket,
        errorStatus(error),
        error instanceof VirError ? error.message : 'the console can not be opened',
      );
    }
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    // Also of a window that can't be accepted later (no descriptor is left), which asks again.
    server.on('error', (error) => {
      const taken = 'code' in error && error.code === 'EADDRINUSE';
      reject(
        virError(
          taken ? 'RESOURCE_BUSY' : 'SYSTEM_ERROR',
          taken
            ? `port ${port} is taken by another program; choose another one with --port, or leave it out`
            : `can't listen on port ${port}: ${error.message}`,
          { cause: error },
        ),
      );
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Serves until closed. Throws RESOURCE_BUSY where the port is taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const clients = new Set<WebSocket>();
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 30_000 });
  const port = await listen(server, options.port);
  server.on('request', (request, response) => {
    handleRequest(request, response, options, port).catch((error: unknown) =>
      respond(
        response,
        error instanceof VirError ? 400 : 500,
        error instanceof VirError ? error.message : 'This did not work.',
      ),
    );
  });
  const upgrade = upgradeHandler(options, port, clients);
  server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));
  const dropClients = (): void => {
    for (const client of clients) client.terminate();
  };
  return {
    port,
    dropClients,
    clients: () => clients.size,
    close: () =>
      new Promise((resolve) => {
        dropClients();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

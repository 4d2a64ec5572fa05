// The demo engine behind HTTP and WebSocket, the way the browser shell serves the real one: the same handshake, policy and addresses. For looking
// at the window and for pictures; no guard against strangers, so it is for tests only.
//   node test/helpers/demo-server.ts [--scenario empty|many|every-state] [--tcg] [--port 5199] [--root out/renderer]
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type WebSocket, WebSocketServer } from 'ws';
import { Emitter } from '../../src/common/base/emitter.ts';
import { serveContract } from '../../src/common/contract/server.ts';
import { createDemoEngine, type DemoEngine, type DemoOptions } from './demo-engine.ts';
import { serveDemoSerial, serveDemoVnc } from './demo-vnc.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'";

export interface DemoServerOptions extends DemoOptions {
  readonly root: string;
  readonly port?: number;
  /** false: consoles are refused, to look at how that is told. */
  readonly consoles?: boolean;
}

export interface DemoServer {
  readonly engine: DemoEngine;
  /** The address that opens a window, with a fresh one-time token. */
  url(): string;
  /** Ends every connection and refuses new ones until `resume`, as if the engine had died. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

function serveFile(root: string, request: IncomingMessage, response: ServerResponse): void {
  const name = new URL(request.url ?? '/', 'http://localhost').pathname;
  const file = path.join(root, name === '/' ? 'index.html' : path.normalize(name));
  if (!file.startsWith(root) || !existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'Content-Security-Policy': POLICY,
  });
  response.end(readFileSync(file));
}

async function exchange(
  tokens: Map<string, string>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { token } = JSON.parse(text || '{}') as { token?: string };
  const tabToken = token === undefined ? undefined : tokens.get(token);
  if (token === undefined || tabToken === undefined) {
    response.writeHead(401).end();
    return;
  }
  tokens.delete(token);
  response.writeHead(200, {
    'Content-Type': 'application/json',
    'Set-Cookie': 'vivarium=demo; HttpOnly; SameSite=Strict',
  });
  response.end(JSON.stringify({ tabToken }));
}

function serveSocket(socket: WebSocket, engine: DemoEngine): void {
  const messages = new Emitter<unknown>();
  const closes = new Emitter<string>();
  socket.on('message', (data: Buffer) => messages.fire(JSON.parse(data.toString())));
  socket.on('close', () => closes.fire('closed'));
  serveContract(
    {
      send: (message) => socket.send(JSON.stringify(message)),
      onMessage: messages.event,
      onClose: closes.event,
      close: () => socket.close(),
    },
    engine,
  );
}

function serveConsole(socket: WebSocket, request: IncomingMessage, isAllowed: boolean): void {
  const protocols = request.headers['sec-websocket-protocol'] ?? '';
  if (!isAllowed) return socket.close(1011, 'QEMU does not answer on its console');
  if (protocols.includes('ticket.vnc-')) serveDemoVnc(socket);
  else serveDemoSerial(socket);
}

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));

export async function startDemoServer(options: DemoServerOptions): Promise<DemoServer> {
  const engine = createDemoEngine(options);
  const tokens = new Map<string, string>();
  let isPaused = false;
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('binary') ? 'binary' : 'vivarium.v1'),
  });
  const server = createServer((request, response) => {
    if (request.method === 'POST') void exchange(tokens, request, response);
    else serveFile(path.resolve(options.root), request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    if (isPaused) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      if (request.url === '/console') serveConsole(webSocket, request, options.consoles ?? true);
      else serveSocket(webSocket, engine);
    });
  });
  const port = await listen(server, options.port ?? 0);
  return {
    engine,
    url: () => {
      const token = randomUUID();
      tokens.set(token, randomUUID());
      return `http://127.0.0.1:${port}/#token=${token}`;
    },
    pause: () => {
      isPaused = true;
      for (const socket of sockets.clients) socket.terminate();
    },
    resume: () => {
      isPaused = false;
    },
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', default: 'every-state' },
      port: { type: 'string', default: '5199' },
      root: { type: 'string', default: 'out/renderer' },
      tcg: { type: 'boolean', default: false },
    },
  });
  const scenario =
    (['empty', 'many', 'every-state'] as const).find((name) => name === values.scenario) ?? 'every-state';
  const server = await startDemoServer({
    scenario,
    root: values.root,
    port: Number(values.port),
    accelerator: values.tcg ? 'tcg' : 'kvm',
    now: Date.now,
  });
  setInterval(() => server.engine.sampleStats(), 1000);
  console.log(server.url());
}

if (import.meta.filename === process.argv[1]) await main();

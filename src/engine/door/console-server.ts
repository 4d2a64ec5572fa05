// Console streams for a shell whose window does not come from our HTTP server: a loopback server that upgrades /console for one exact Origin and a
// one-time ticket, and serves nothing else.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { joinByteStream } from './web-socket.ts';

export interface ConsoleServerOptions {
  /** The window's own origin, such as 'app://vivarium'. */
  readonly origin: string;
  openConsole(ticket: string): Promise<Duplex>;
}

export interface ConsoleServer {
  readonly url: string;
  close(): void;
}

const MAX_MESSAGE_BYTES = 1024 * 1024;
const refuse = (socket: Duplex): void =>
  void socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');

function ticketOf(request: IncomingMessage): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  return offered.includes('binary')
    ? offered.find((item) => item.startsWith('ticket.'))?.slice('ticket.'.length)
    : undefined;
}

export async function startConsoleServer({ origin, openConsole }: ConsoleServerOptions): Promise<ConsoleServer> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: () => 'binary',
  });
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject); // a window that can't be accepted later asks again
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const ticket = ticketOf(request);
    const isOurs =
      request.headers.host === `127.0.0.1:${port}` && request.headers.origin === origin && request.url === '/console';
    if (!isOurs || ticket === undefined) return refuse(socket);
    openConsole(ticket).then(
      (stream) => {
        socket.once('close', () => stream.destroy());
        sockets.handleUpgrade(request, socket, head, (client) => {
          client.on('error', () => client.terminate());
          joinByteStream(client, stream);
        });
      },
      () => refuse(socket),
    );
  });
  return {
    url: `ws://127.0.0.1:${port}/console`,
    close: () => {
      for (const client of sockets.clients) client.terminate();
      server.close();
    },
  };
}

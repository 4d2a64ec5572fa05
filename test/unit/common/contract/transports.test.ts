// The contract suite over each transport: memory, unix socket, WebSocket. Electron's IPC is in test/unit/main/electron-shell.test.ts, over a fake electron.
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { createMemoryTransportPair } from '../../../../src/common/contract/memory-transport.ts';
import { createSocketTransport } from '../../../../src/engine/door/socket-transport.ts';
import { createWebSocketTransport } from '../../../../src/engine/door/web-socket.ts';
import { describeContract, type TransportPair } from '../../../helpers/contract-suite.ts';

describeContract('memory', async () => {
  const [client, server] = createMemoryTransportPair();
  return { client, server, dispose: () => client.close() };
});

describeContract('a unix socket', async (): Promise<TransportPair> => {
  const dir = await mkdtemp(join(tmpdir(), 'vivarium-'));
  const path = join(dir, 's');
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const client = connect(path);
  const server = await accepted;
  return {
    client: createSocketTransport(client),
    server: createSocketTransport(server),
    dispose: async () => {
      client.destroy();
      server.destroy();
      await new Promise((resolve) => listener.close(resolve));
      await rm(dir, { recursive: true });
    },
  };
});

describeContract('a WebSocket', async (): Promise<TransportPair> => {
  const listener = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => listener.once('listening', resolve));
  const accepted = new Promise<WebSocket>((resolve) => listener.once('connection', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(listener.address() as AddressInfo).port}`);
  await new Promise((resolve) => client.once('open', resolve));
  const server = await accepted;
  return {
    client: createWebSocketTransport(client),
    server: createWebSocketTransport(server),
    dispose: async () => {
      client.terminate();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
});

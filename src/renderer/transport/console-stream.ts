// Opens one console stream: a raw byte WebSocket that a one-time ticket admits. Where it goes depends on the shell, so the shell hands in an address.
import type { Connection } from '../client.ts';

export interface ConsoleTarget {
  readonly domain: string;
  readonly console: 'vnc' | 'serial';
  readonly index?: number;
}

/** Throws the engine's error (NO_DOMAIN, OPERATION_INVALID where the machine does not run …). The socket is still connecting when it is returned. */
export async function openConsoleStream(connection: Connection, target: ConsoleTarget): Promise<WebSocket> {
  const [{ ticket }, address] = await Promise.all([
    connection.call('console.open', target),
    connection.consoleAddress(),
  ]);
  const socket = new WebSocket(address.url, [...address.protocols, `ticket.${ticket}`]);
  socket.binaryType = 'arraybuffer';
  return socket;
}

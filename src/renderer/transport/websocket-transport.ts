// The contract over the browser shell's WebSocket: JSON, one message a frame.
import { Emitter } from '../../common/base/emitter.ts';
import type { Transport } from '../../common/contract/transport.ts';
import { virError } from '../../common/errors.ts';

export const CONTRACT_PROTOCOL = 'vivarium.v1';

const wire = (socket: WebSocket): Transport => {
  const messages = new Emitter<unknown>();
  const closes = new Emitter<string>();
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (typeof event.data !== 'string') return;
    messages.fire(JSON.parse(event.data));
  });
  socket.addEventListener('close', (event) => closes.fire(event.reason || 'the engine went away'), { once: true });
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    onMessage: messages.event,
    onClose: closes.event,
    close: () => socket.close(),
  };
};

/** Connects; rejects with NO_CONNECT where that does not work. The browser does not tell why. */
export function openWebSocketTransport(url: string, tabToken: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, [CONTRACT_PROTOCOL, `token.${tabToken}`]);
    const fail = (): void => reject(virError('NO_CONNECT', 'the engine does not answer'));
    socket.addEventListener('error', fail, { once: true });
    socket.addEventListener('close', fail, { once: true });
    socket.addEventListener('open', () => resolve(wire(socket)), { once: true });
  });
}

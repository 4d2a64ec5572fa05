// The contract's transport over an open unix socket. Loads no schema, for the command line's sake.
import type { Socket } from 'node:net';
import { createLineTransport } from '../../common/contract/line-transport.ts';
import type { Transport } from '../../common/contract/transport.ts';

/** The contract's transport over an open socket. */
export function createSocketTransport(socket: Socket): Transport {
  socket.setEncoding('utf8');
  return createLineTransport({
    write: (text) => void socket.write(text),
    onText: (listener) => void socket.on('data', (data) => listener(String(data))),
    onEnd: (listener) => {
      socket.once('error', (error) => listener(error.message));
      socket.once('close', () => listener('the other side closed it'));
    },
    // What was written still goes out; the other side's end is not waited for.
    end: () => void socket.destroySoon(),
  });
}

// The contract's transport over an open unix socket. Loads no schema, for the command line's sake.
import type { Socket } from 'node:net';
import { createLineTransport } from '../../common/contract/line-transport.ts';
import type { Transport } from '../../common/contract/transport.ts';

const MAX_BACKLOG_BYTES = 64 * 1024 * 1024;

/** The contract's transport over an open socket. */
export function createSocketTransport(socket: Socket): Transport {
  socket.setEncoding('utf8');
  return createLineTransport({
    write: (text) => {
      // A reader that stopped must not be held in memory; it can connect again and take a new snapshot.
      if (socket.writableLength > MAX_BACKLOG_BYTES) socket.destroy(new Error('it does not read'));
      else socket.write(text);
    },
    onText: (listener) => void socket.on('data', (data) => listener(String(data))),
    onEnd: (listener) => {
      socket.once('error', (error) => listener(error.message));
      socket.once('close', () => listener('the other side closed it'));
    },
    // What was written still goes out; the other side's end is not waited for.
    end: () => void socket.destroySoon(),
  });
}

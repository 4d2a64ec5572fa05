// The first line on the engine's unix socket says what the connection is for; after it comes the contract, a message a line, or a console's raw bytes.
import type { Socket } from 'node:net';
import { z } from 'zod';
import { createLineTransport } from '../../common/contract/line-transport.ts';
import type { Transport } from '../../common/contract/transport.ts';

export const helloSchema = z.discriminatedUnion('for', [
  z.object({ vivarium: z.literal(1), for: z.literal('contract') }),
  z.object({ vivarium: z.literal(1), for: z.literal('console'), ticket: z.string().max(256) }),
]);
export type Hello = z.infer<typeof helloSchema>;
export const MAX_HELLO_BYTES = 1024;

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
    end: () => void socket.end(),
  });
}

// A `ws` WebSocket as the contract's transport, and as one end of a console's byte stream.
import type { Duplex } from 'node:stream';
import { type RawData, WebSocket } from 'ws';
import { Emitter } from '../../common/base/emitter.ts';
import type { Transport } from '../../common/contract/transport.ts';

/** A window that reads so slowly that this much waits is dropped: it comes back and takes a new snapshot. */
const MAX_BACKLOG = 64 * 1024 * 1024;
/** A console stops reading from the guest while this much waits. */
const CONSOLE_BACKLOG = 1024 * 1024;

const bytesOf = (data: RawData): Buffer =>
  Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);

export function createWebSocketTransport(socket: WebSocket): Transport {
  const messages = new Emitter<unknown>();
  const closes = new Emitter<string>();
  socket.on('message', (data, isBinary) => {
    try {
      if (isBinary) throw new SyntaxError('binary');
      messages.fire(JSON.parse(bytesOf(data).toString('utf8')));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      socket.close(1007, 'not a JSON message');
    }
  });
  socket.once('close', () => closes.fire('the window went away'));
  return {
    send: (message) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > MAX_BACKLOG) return socket.terminate();
      socket.send(JSON.stringify(message));
    },
    onMessage: messages.event,
    onClose: closes.event,
    close: () => socket.close(),
  };
}

/** Pumps bytes both ways until either end closes; a slow window slows the guest's output, not our memory. */
export function joinByteStream(socket: WebSocket, stream: Duplex): void {
  stream.on('data', (chunk: Buffer) => {
    if (socket.readyState !== WebSocket.OPEN) return;
    socket.send(chunk, { binary: true }, () => {
      if (socket.bufferedAmount <= CONSOLE_BACKLOG && stream.isPaused()) stream.resume();
    });
    if (socket.bufferedAmount > CONSOLE_BACKLOG) stream.pause();
  });
  stream.on('end', () => socket.close(1000, 'the console ended'));
  stream.on('error', () => socket.close(1011, 'the console broke'));
  socket.on('message', (data) => {
    if (!stream.destroyed) stream.write(bytesOf(data));
  });
  socket.on('close', () => stream.destroy());
  // A stream from another process's engine comes paused, so that nothing is lost before somebody listens.
  stream.resume();
}

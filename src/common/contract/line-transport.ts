// The contract over any ordered byte stream: one JSON message a line, bounded. Used on the unix socket between the command line, a second window
// and the engine. It takes the stream as an interface, so that this folder stays free of Node.
import { Emitter } from '../base/emitter.ts';
import type { Transport } from './transport.ts';

export interface TextStream {
  write(text: string): void;
  onText(listener: (text: string) => void): void;
  onEnd(listener: (reason: string) => void): void;
  end(): void;
}

export const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

export function createLineTransport(stream: TextStream, maxCharacters = MAX_LINE_CHARACTERS): Transport {
  const messages = new Emitter<unknown>();
  const closes = new Emitter<string>();
  /** Pieces of a line whose end has not come: joined once, or a long message would be copied for each of its pieces. */
  let pieces: string[] = [];
  let length = 0;
  let isClosed = false;

  const close = (reason: string): void => {
    if (isClosed) return;
    isClosed = true;
    stream.end();
    closes.fire(reason);
  };
  const takeLine = (line: string): void => {
    try {
      messages.fire(JSON.parse(line));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      close('a message is not JSON');
    }
  };
  stream.onText((text) => {
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    for (const end of lines) {
      const line = pieces.join('') + end;
      pieces = [];
      length = 0;
      if (!isClosed && line !== '') takeLine(line);
    }
    pieces.push(rest);
    length += rest.length;
    if (length > maxCharacters) close('a message is too long');
  });
  stream.onEnd(close);

  return {
    send: (message) => {
      if (!isClosed) stream.write(`${JSON.stringify(message)}\n`);
    },
    onMessage: messages.event,
    onClose: closes.event,
    close: () => close('closed'),
  };
}

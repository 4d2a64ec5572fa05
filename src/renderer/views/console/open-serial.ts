// One serial connection as an OpenConsole: bytes from the engine into the terminal, keys back.
import type { Terminal } from '@xterm/xterm';
import type { Connection } from '../../client.ts';
import { openConsoleStream } from '../../transport/console-stream.ts';
import type { OpenConsole } from './console-loop.ts';

export interface OpenSerialOptions {
  readonly connection: Connection;
  readonly domain: string;
  readonly index: number;
  readonly terminal: Terminal;
}

const encoder = new TextEncoder();
// a terminal's own answers to questions in the output, such as where the cursor is
const ESCAPE = '\u001b';
const isAnswer = (data: string): boolean =>
  data.startsWith(ESCAPE) && /^(?:\[[?>=]?[\d;]*[RcnytI]|\]|P)/.test(data.slice(1));

export async function openSerial(options: OpenSerialOptions): Promise<OpenConsole> {
  const { connection, domain, index, terminal } = options;
  const socket = await openConsoleStream(connection, { domain, console: 'serial', index });
  // the engine replays the recent output: without this it would stand there twice
  terminal.reset();
  let isReplay = true;
  const send = (bytes: Uint8Array<ArrayBuffer>): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(bytes);
  };
  const keys = terminal.onData((data) => {
    // questions in replayed output were answered when they were asked
    if (isReplay && isAnswer(data)) return;
    send(encoder.encode(data));
  });
  const binary = terminal.onBinary((data) => send(Uint8Array.from(data, (char) => char.charCodeAt(0))));
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (!(event.data instanceof ArrayBuffer)) return;
    terminal.write(new Uint8Array(event.data), () => {
      isReplay = false;
    });
  });
  const ready = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve(), { once: true }));
  const ended = new Promise<string>((resolve) =>
    socket.addEventListener('close', (event) => resolve(event.reason || 'its connection ended'), {
      once: true,
    }),
  );
  return {
    ready,
    ended,
    dispose: () => {
      keys.dispose();
      binary.dispose();
      socket.close();
    },
  };
}

// A VNC server just good enough to show noVNC a still picture: RFB 3.8, no password, raw rectangles. RFC 6143.
import type { WebSocket } from 'ws';

const WIDTH = 1024;
const HEIGHT = 640;
const ENCODING_RAW = 0;

/** A dark desktop with a window: something with edges, so that scaling can be judged. */
function paint(): Buffer {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 4);
  const rect = (x: number, y: number, w: number, h: number, color: readonly [number, number, number]): void => {
    for (let row = y; row < y + h; row += 1)
      for (let column = x; column < x + w; column += 1)
        pixels.set([color[2], color[1], color[0], 0], (row * WIDTH + column) * 4);
  };
  for (let row = 0; row < HEIGHT; row += 1) rect(0, row, WIDTH, 1, [20 + row / 24, 48 + row / 14, 60 + row / 9]);
  rect(0, 0, WIDTH, 28, [24, 28, 32]);
  for (const [index, width] of [64, 48, 80].entries()) rect(16 + index * 92, 11, width, 6, [150, 160, 170]);
  rect(WIDTH - 72, 11, 56, 6, [150, 160, 170]);
  rect(180, 96, 660, 430, [14, 18, 22]);
  rect(180, 96, 660, 30, [46, 52, 58]);
  for (const [index, color] of (
    [
      [238, 106, 95],
      [245, 190, 79],
      [98, 197, 84],
    ] as const
  ).entries())
    rect(196 + index * 22, 105, 12, 12, color);
  for (let line = 0; line < 17; line += 1) {
    rect(200, 146 + line * 22, 72, 8, [86, 196, 130]);
    rect(284, 146 + line * 22, 60 + ((line * 137) % 430), 8, [170, 180, 190]);
  }
  rect(200, 508, 8, 12, [230, 235, 240]);
  return pixels;
}

function serverInit(): Buffer {
  const name = Buffer.from('demo');
  const head = Buffer.alloc(24);
  head.writeUInt16BE(WIDTH, 0);
  head.writeUInt16BE(HEIGHT, 2);
  // 32 bits a pixel, depth 24, little endian, true colour, 8 bits each at 16, 8, 0
  head.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0], 4);
  head.writeUInt32BE(name.length, 20);
  return Buffer.concat([head, name]);
}

function update(pixels: Buffer, swapsRedAndBlue: boolean): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(WIDTH, 8);
  head.writeUInt16BE(HEIGHT, 10);
  head.writeInt32BE(ENCODING_RAW, 12);
  if (!swapsRedAndBlue) return Buffer.concat([head, pixels]);
  const swapped = Buffer.from(pixels);
  for (let at = 0; at < swapped.length; at += 4)
    swapped.set([pixels[at + 2] ?? 0, pixels[at + 1] ?? 0, pixels[at] ?? 0], at);
  return Buffer.concat([head, swapped]);
}

const MESSAGE_LENGTHS: Readonly<Record<number, (data: Buffer) => number>> = {
  0: () => 20,
  2: (data) => (data.length < 4 ? 4 : 4 + data.readUInt16BE(2) * 4),
  3: () => 10,
  4: () => 8,
  5: () => 6,
  6: (data) => (data.length < 8 ? 8 : 8 + Math.abs(data.readInt32BE(4))),
};

/** Serves the picture on `socket` until it closes. */
export function serveDemoVnc(socket: WebSocket): void {
  const pixels = paint();
  let step: 'version' | 'security' | 'init' | 'normal' = 'version';
  let input = Buffer.alloc(0);
  let redShift = 16;
  let isShown = false;
  const take = (length: number): Buffer | undefined => {
    if (input.length < length) return undefined;
    const part = input.subarray(0, length);
    input = input.subarray(length);
    return part;
  };
  const normal = (): boolean => {
    const length = MESSAGE_LENGTHS[input[0] ?? 255]?.(input);
    const message = length === undefined ? undefined : take(length);
    if (!message) return false;
    if (message[0] === 0) redShift = message[14] ?? 16;
    // an incremental question is left open: nothing ever changes
    if (message[0] === 3 && (message[1] === 0 || !isShown)) {
      isShown = true;
      socket.send(update(pixels, redShift === 0));
    }
    return true;
  };
  const advance = (): boolean => {
    if (step === 'normal') return input.length > 0 && normal();
    if (!take(step === 'version' ? 12 : 1)) return false;
    if (step === 'version') socket.send(Buffer.from([1, 1]));
    if (step === 'security') socket.send(Buffer.alloc(4));
    if (step === 'init') socket.send(serverInit());
    step = step === 'version' ? 'security' : step === 'security' ? 'init' : 'normal';
    return true;
  };
  socket.on('message', (data: Buffer) => {
    input = Buffer.concat([input, data]);
    let goesOn = true;
    while (goesOn) goesOn = advance();
  });
  socket.send(Buffer.from('RFB 003.008\n'));
}

const BOOT = [
  '\x1b[2J\x1b[H',
  'SeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n',
  'Booting from Hard Disk...\r\n',
  '[    0.000000] Linux version 6.1.0-28-amd64\r\n',
  '[    0.512209] virtio_blk virtio1: [vda] 41943040 512-byte logical blocks (21.5 GB/20.0 GiB)\r\n',
  '[\x1b[32m  OK  \x1b[0m] Reached target \x1b[1mMulti-User System\x1b[0m.\r\n\r\n',
  'Debian GNU/Linux 12 demo ttyS0\r\n\r\ndemo login: root\r\n',
  '\x1b[32mroot@demo\x1b[0m:\x1b[34m~\x1b[0m# ',
].join('');

/** A serial console that prints a boot and echoes what is typed. */
export function serveDemoSerial(socket: WebSocket): void {
  socket.send(Buffer.from(BOOT));
  socket.on('message', (data: Buffer) => {
    socket.send(Buffer.from(data.toString().replaceAll('\r', '\r\n\x1b[32mroot@demo\x1b[0m:\x1b[34m~\x1b[0m# ')));
  });
}

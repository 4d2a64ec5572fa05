// One VNC connection as an OpenConsole: the picture in `place`, the stream from the engine.
import type { Connection } from '../../client.ts';
import { openConsoleStream } from '../../transport/console-stream.ts';
import type { OpenConsole } from './console-loop.ts';
import { type ScreenSize, VncScreen } from './vnc-screen.ts';

/** Shorter than QEMU's 30 ms tick would be wasted. */
const AWAKE_EVERY_MS = 30;
/** Nobody types or points for this long: the screen may tick slowly again. */
const AWAKE_FOR_MS = 30_000;

export interface OpenVncOptions {
  readonly connection: Connection;
  readonly domain: string;
  readonly place: HTMLElement;
  readonly prepare: (screen: VncScreen) => void;
  readonly onSize: (size: ScreenSize) => void;
}

const INPUTS = ['pointermove', 'pointerdown', 'keydown', 'wheel'] as const;

/** Repeats the pointer while the console has the focus, is seen, and somebody is there. */
function keepAwake(screen: VncScreen, place: HTMLElement): () => void {
  let lastInput = Date.now();
  const touch = (): void => {
    lastInput = Date.now();
  };
  for (const type of INPUTS) place.addEventListener(type, touch, { capture: true, passive: true });
  const timer = setInterval(() => {
    const isWatched = place.contains(document.activeElement) && document.visibilityState === 'visible';
    if (isWatched && Date.now() - lastInput < AWAKE_FOR_MS) screen.repeatPointer();
  }, AWAKE_EVERY_MS);
  return () => {
    clearInterval(timer);
    for (const type of INPUTS) place.removeEventListener(type, touch, { capture: true });
  };
}

export interface OpenVnc extends OpenConsole {
  readonly screen: VncScreen;
}

export async function openVnc(options: OpenVncOptions): Promise<OpenVnc> {
  const { connection, domain, place } = options;
  const socket = await openConsoleStream(connection, { domain, console: 'vnc' });
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren();
  const screen = new VncScreen(place, socket, { shared: true });
  screen.onSize = options.onSize;
  screen.background = 'transparent';
  // loopback: bandwidth costs nothing, packing does
  screen.compressionLevel = 0;
  screen.qualityLevel = 9;
  options.prepare(screen);
  const stop = keepAwake(screen, place);
  let isOver = false;
  const ready = new Promise<void>((resolve) => {
    screen.addEventListener('connect', () => {
      if (hadFocus) screen.focus();
      resolve();
    });
  });
  let reason: string | undefined;
  socket.addEventListener('close', (event) => {
    if (event.reason) reason = event.reason;
  });
  const ended = new Promise<string>((resolve) => {
    screen.addEventListener('securityfailure', () =>
      resolve('the screen asks for a password that Vivarium does not have'),
    );
    screen.addEventListener('disconnect', () => {
      isOver = true;
      // noVNC may hear of the close before we do
      queueMicrotask(() => resolve(reason ?? screen.failure ?? 'its connection ended'));
    });
  });
  return {
    screen,
    ready,
    ended,
    dispose: () => {
      stop();
      if (!isOver) screen.disconnect();
      isOver = true;
    },
  };
}

// The browser shell: hosts the engine (or finds the one that runs), serves the window on loopback, and opens it in Chromium, or prints its address.
// When it ends while guests run, a background engine takes them over.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toVirError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import { resolvePaths } from '../engine/client.ts';
import { createEngine, type EngineDoor, startSuccessor } from '../engine/index.ts';
import { findBrowser, openWindow } from './browser.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';
import { SessionStore } from './session-store.ts';
import { loadStaticFiles } from './static-files.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const CLI = here('../cli/index.mjs');

interface Arguments {
  readonly open: boolean;
  readonly port: number;
}

function readArguments(argv: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...argv],
    options: { headless: { type: 'boolean' }, open: { type: 'boolean' }, port: { type: 'string' } },
  });
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`--port ${values.port} is not a port; give a number from 1 to 65535`);
  return { open: values.open === true && values.headless !== true, port };
}

/** The engine, and its successor when another process hosted it and ended. */
class EngineSeat {
  #door: EngineDoor | undefined;
  #isClosing = false;
  readonly #onChange: () => void;
  readonly #onStopRequest: () => void;

  constructor(options: { readonly onChange: () => void; readonly onStopRequest: () => void }) {
    this.#onChange = options.onChange;
    this.#onStopRequest = options.onStopRequest;
  }

  async open(): Promise<void> {
    const door = await createEngine({ shell: 'browser', version: VERSION, onStopRequest: this.#onStopRequest });
    this.#door = door;
    door.onEnd(() => {
      if (this.#isClosing) return;
      this.open().then(this.#onChange, (error: unknown) => console.error(toVirError(error).message));
    });
  }

  get door(): EngineDoor {
    if (!this.#door) throw new Error('the engine is not open');
    return this.#door;
  }

  /** Lets go of the engine; guests that run have the next one waiting for them. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.door.role === 'host' && this.door.isBusy()) await handOver();
    await this.door.close();
  }
}

const handOver = (): Promise<void> =>
  startSuccessor({ node: process.execPath, script: CLI }).catch((error: unknown) =>
    console.error(
      `No background engine could be started: ${toVirError(error).message}. The guests run on; any vivarium command finds them.`,
    ),
  );

/** How long a browser that we start may take to open its window. */
const OPENING_MS = 120_000;
/** A browser that ends so soon has handed the address to one that runs already; its window's end is then not seen here. */
const HANDED_ON_MS = 3_000;

/** Opens the window; `onEnd` when it is closed. A browser that can't be started leaves the printed address. */
function showWindow(browser: string, url: string, onEnd: () => void): void {
  const begun = Date.now();
  const window = openWindow(browser, url, join(resolvePaths().cacheDir, 'browser-profile'));
  window.once('error', (error) =>
    console.log(`${browser} could not be started (${error.message}): open the address above in your browser.`),
  );
  window.once('exit', (code) => {
    if (code === 0 && Date.now() - begun < HANDED_ON_MS)
      console.log('The window opened in a browser that runs already. Ctrl+C ends this server.');
    else onEnd();
  });
}

async function main(): Promise<void> {
  const { open, port } = readArguments(process.argv.slice(2));
  const files = await loadStaticFiles(here('../renderer'));
  const sessions = new SessionStore();
  const ended = Promise.withResolvers<void>();
  let server: HttpServer | undefined;
  const seat = new EngineSeat({ onChange: () => server?.dropClients(), onStopRequest: ended.resolve });
  await seat.open();
  server = await startHttpServer({
    port,
    files,
    sessions,
    backend: {
      handler: () => seat.door.handler,
      openConsole: (ticket) => seat.door.openConsole(ticket),
      onInternalError: (error) => console.error(error),
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ended.resolve());
  const browser = open ? findBrowser() : undefined;
  const url = `http://127.0.0.1:${server.port}/#token=${sessions.issueToken(browser ? OPENING_MS : undefined)}`;
  console.log(`Vivarium is ready: ${url}`);
  if (open && !browser) console.log('No Chromium or Chrome is installed: open this address in your browser.');
  if (browser) showWindow(browser, url, () => ended.resolve());
  await ended.promise;
  await server.close();
  await seat.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(`Vivarium can't start: ${toVirError(error).message.replace(/^internal error: /, '')}`);
    process.exit(1);
  },
);

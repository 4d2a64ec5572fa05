// The Electron shell: hosts the engine in the main process (or finds the one that runs), shows the window, and when it is closed while guests run,
// leaves them to a background engine. Everything that decides is in the engine; here is the app's life only.
import { fileURLToPath } from 'node:url';
import { app, dialog, Menu, session } from 'electron';
import { toVirError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import { createEngine, type EngineDoor, startConsoleServer, startSuccessor } from '../engine/index.ts';
import { APP_ORIGIN, handleAppScheme, registerAppScheme } from './app-protocol.ts';
import { serveIpc } from './ipc.ts';
import { restrictContents, restrictSession } from './security.ts';
import { createWindow } from './window.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const PRELOAD = here('../preload/index.cjs');

/** The set-up's Node; Electron's own binary can't serve as one (its RunAsNode fuse is off in a package). */
const handOver = (): Promise<void> =>
  startSuccessor({ node: process.env.VIVARIUM_NODE ?? 'node', script: here('../cli/index.mjs') }).catch(
    () => undefined, // the guests run on all the same; the next engine finds them
  );

async function openEngine(onEnd: () => void, consoleUrl: () => string | undefined): Promise<EngineDoor> {
  const door = await createEngine({ shell: 'electron', version: VERSION, onStopRequest: () => app.quit(), consoleUrl });
  door.onEnd(onEnd);
  return door;
}

async function start(): Promise<void> {
  let door: EngineDoor;
  let consoleUrl: string | undefined;
  const reopen = (): void => {
    openEngine(reopen, () => consoleUrl).then(
      (next) => {
        door = next;
        ipc.dropAll();
      },
      (error: unknown) => dialog.showErrorBox('Vivarium lost its engine', toVirError(error).message),
    );
  };
  door = await openEngine(reopen, () => consoleUrl);
  const consoles = await startConsoleServer({ origin: APP_ORIGIN, openConsole: (ticket) => door.openConsole(ticket) });
  consoleUrl = consoles.url;
  const ipc = serveIpc(
    () => withConsoleUrl(door, consoles.url),
    (error) => console.error(error),
  );
  handleAppScheme(here('../renderer'));
  restrictSession(session.defaultSession);
  const open = (): void => {
    const window = createWindow(PRELOAD);
    ipc.addWindow(window);
    window.webContents.on('did-create-window', (child) => ipc.addWindow(child));
  };
  app.on('second-instance', open);
  app.on('window-all-closed', () => app.quit());
  let isLeaving = false;
  app.on('before-quit', (event) => {
    if (isLeaving) return;
    isLeaving = true;
    event.preventDefault();
    const isAbandoning = door.role === 'host' && door.isBusy();
    consoles.close();
    void (isAbandoning ? handOver() : Promise.resolve()).then(() => door.close()).finally(() => app.quit());
  });
  open();
}

/** Where another process hosts the engine, it can't know of our console server: this window's answer names ours. */
function withConsoleUrl(door: EngineDoor, consoleUrl: string): EngineDoor['handler'] {
  return {
    call: async (procedure, input, context) => {
      const output = await door.handler.call(procedure, input, context);
      return procedure === 'engine.info' ? { ...output, consoleUrl } : output;
    },
    subscribe: (event, listener, after) => door.handler.subscribe(event, listener, after),
  };
}

function main(): void {
  if (!app.requestSingleInstanceLock()) return app.quit();
  registerAppScheme();
  restrictContents(PRELOAD);
  Menu.setApplicationMenu(
    Menu.buildFromTemplate([{ role: 'fileMenu' }, { role: 'editMenu' }, { role: 'viewMenu' }, { role: 'windowMenu' }]),
  );
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      dialog.showErrorBox('Vivarium can’t start', toVirError(error).message);
      app.exit(1);
    });
}

main();

// The contract over Electron's IPC: one transport a window, and every message's sender checked: only the main frame of a window of ours, at our own
// origin, is heard. A reload or a crash of the page ends its transport, and with it its calls and subscriptions.
import { type BrowserWindow, type IpcMainEvent, ipcMain, type WebContents } from 'electron';
import { Emitter } from '../common/base/emitter.ts';
import { type ContractHandler, serveContract } from '../common/contract/server.ts';
import type { Transport } from '../common/contract/transport.ts';
import { APP_ORIGIN } from './app-protocol.ts';

export const CHANNEL = 'vivarium:message';

export interface Page {
  readonly transport: Transport;
  receive(message: unknown): void;
}

/** The transport of one page, and the way in for its messages. */
export function createPage(contents: WebContents, onClose: () => void): Page {
  const messages = new Emitter<unknown>();
  const closes = new Emitter<string>();
  let isClosed = false;
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    onClose();
    closes.fire('the window went away');
  };
  return {
    transport: {
      send: (message) => {
        if (!isClosed && !contents.isDestroyed()) contents.send(CHANNEL, message);
      },
      onMessage: messages.event,
      onClose: closes.event,
      close,
    },
    receive: (message) => messages.fire(message),
  };
}

/** True for a message from the page that we loaded, not from a frame in it and not from elsewhere. */
export function isTrustedSender(
  event: Pick<IpcMainEvent, 'senderFrame' | 'sender'>,
  windows: ReadonlySet<WebContents>,
): boolean {
  const frame = event.senderFrame;
  if (!frame || !windows.has(event.sender) || frame !== event.sender.mainFrame) return false;
  return frame.url === `${APP_ORIGIN}/` || frame.url.startsWith(`${APP_ORIGIN}/`);
}

export interface IpcServer {
  /** Serves the contract to this window from now on. */
  addWindow(window: BrowserWindow): void;
  /** Tells all windows that the engine went away: they connect anew. */
  dropAll(): void;
}

export function serveIpc(handler: () => ContractHandler, onInternalError: (error: unknown) => void): IpcServer {
  const windows = new Set<WebContents>();
  const pages = new Map<WebContents, Page>();
  const drop = (contents: WebContents): void => pages.get(contents)?.transport.close();
  ipcMain.on(CHANNEL, (event, message: unknown) => {
    if (!isTrustedSender(event, windows)) return;
    const contents = event.sender;
    let page = pages.get(contents);
    if (!page) {
      page = createPage(contents, () => pages.delete(contents));
      pages.set(contents, page);
      serveContract(page.transport, handler(), { onInternalError });
    }
    page.receive(message);
  });
  return {
    addWindow: ({ webContents }) => {
      windows.add(webContents);
      webContents.on('did-start-navigation', (details) => {
        if (details.isMainFrame && !details.isSameDocument) drop(webContents);
      });
      webContents.on('render-process-gone', () => drop(webContents));
      webContents.once('destroyed', () => {
        windows.delete(webContents);
        drop(webContents);
      });
    },
    dropAll: () => {
      for (const contents of [...pages.keys()]) {
        if (!contents.isDestroyed()) contents.send(CHANNEL, { type: 'closed' });
        drop(contents);
      }
    },
  };
}

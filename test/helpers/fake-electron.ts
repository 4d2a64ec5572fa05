// A fake `electron` module for the Electron shell's tests, where its binary can't be had: the parts of the API that src/main and src/preload use, with the
// behaviour that the tests lean on. Its shape is held to electron's types by the tests, which cast nothing away but what a fake can't have.
import { EventEmitter } from 'node:events';

export class FakeFrame {
  url: string;
  constructor(url: string) {
    this.url = url;
  }
}

export class FakeWebContents extends EventEmitter {
  readonly sent: (readonly [channel: string, message: unknown])[] = [];
  readonly mainFrame = new FakeFrame('app://vivarium/');
  windowOpenHandler: ((details: { url: string }) => { action: string }) | undefined;
  #isDestroyed = false;

  send(channel: string, message: unknown): void {
    this.sent.push([channel, message]);
    this.emit('fake:sent', channel, message);
  }
  getURL(): string {
    return this.mainFrame.url;
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: string }): void {
    this.windowOpenHandler = handler;
  }
  isDestroyed(): boolean {
    return this.#isDestroyed;
  }
  destroy(): void {
    this.#isDestroyed = true;
    this.emit('destroyed');
  }
}

export class FakeBrowserWindow extends EventEmitter {
  static readonly created: FakeBrowserWindow[] = [];
  readonly webContents = new FakeWebContents();
  readonly options: Readonly<Record<string, unknown>>;
  readonly loaded: string[] = [];
  isShown = false;

  constructor(options: Readonly<Record<string, unknown>>) {
    super();
    this.options = options;
    FakeBrowserWindow.created.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }
  async loadURL(url: string): Promise<void> {
    this.loaded.push(url);
  }
  show(): void {
    this.isShown = true;
  }
}

class FakeApp extends EventEmitter {
  quits = 0;
  hasLock = true;
  requestSingleInstanceLock(): boolean {
    return this.hasLock;
  }
  async whenReady(): Promise<void> {
    await Promise.resolve();
  }
  quit(): void {
    this.quits += 1;
  }
  exit(): void {
    this.quits += 1;
  }
}

export interface FakeSession {
  request?: (contents: FakeWebContents, permission: string, callback: (isGranted: boolean) => void) => void;
  check?: (contents: FakeWebContents | null, permission: string, origin: string) => boolean;
}

export const app = new FakeApp();
export const ipcMain = new EventEmitter();
export const ipcRenderer = Object.assign(new EventEmitter(), {
  sent: [] as unknown[],
  send: (channel: string, message: unknown) => void ipcRenderer.sent.push([channel, message]),
});
export const exposed: Record<string, unknown> = {};
export const contextBridge = {
  exposeInMainWorld: (name: string, value: unknown) => void Object.assign(exposed, { [name]: value }),
};
export const fakeSession: FakeSession = {};
export const session = {
  defaultSession: {
    setPermissionRequestHandler: (handler: FakeSession['request']) =>
      void Object.assign(fakeSession, { request: handler }),
    setPermissionCheckHandler: (handler: FakeSession['check']) => void Object.assign(fakeSession, { check: handler }),
  },
};
export const schemes: unknown[] = [];
export const protocolHandlers = new Map<string, (request: { url: string }) => Promise<Response>>();
export const protocol = {
  registerSchemesAsPrivileged: (list: unknown[]) => void schemes.push(...list),
  handle: (scheme: string, handler: (request: { url: string }) => Promise<Response>) =>
    void protocolHandlers.set(scheme, handler),
};
export const fetched: string[] = [];
export const net = {
  fetch: async (url: string) => {
    fetched.push(url);
    return new Response('<html>', { headers: { 'Content-Type': 'text/html' } });
  },
};
export const errorBoxes: (readonly [string, string])[] = [];
export const dialog = { showErrorBox: (title: string, text: string) => void errorBoxes.push([title, text]) };
export const Menu = { setApplicationMenu: () => undefined, buildFromTemplate: (template: unknown) => template };
export { FakeBrowserWindow as BrowserWindow };

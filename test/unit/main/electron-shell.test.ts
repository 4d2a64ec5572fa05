// The Electron shell against a fake electron module: window options, navigation, permissions, protocol, IPC's sender check, and the contract suite.
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/common/base/emitter.ts';
import type { Transport } from '../../../src/common/contract/transport.ts';
import { describeContract } from '../../helpers/contract-suite.ts';
import * as fake from '../../helpers/fake-electron.ts';

vi.mock('electron', () => import('../../helpers/fake-electron.ts'));

const { createWindow } = await import('../../../src/main/window.ts');
const { restrictContents, restrictSession } = await import('../../../src/main/security.ts');
const { handleAppScheme, registerAppScheme, resolveAppUrl } = await import('../../../src/main/app-protocol.ts');
const { CHANNEL, createPage, isTrustedSender, serveIpc } = await import('../../../src/main/ipc.ts');

const newWindow = (): fake.FakeBrowserWindow => createWindow('/preload.cjs') as unknown as fake.FakeBrowserWindow;

beforeEach(() => {
  fake.app.removeAllListeners();
  fake.ipcMain.removeAllListeners();
});

describe('the window', () => {
  it('isolates the page: sandbox, context isolation, no Node, no webviews', () => {
    expect(newWindow().options.webPreferences).toMatchObject({
      preload: '/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
    });
  });

  it('loads only the app’s own page and shows it when it is ready', () => {
    const window = newWindow();
    expect(window.loaded).toEqual(['app://vivarium/']);
    expect(window.isShown).toBe(false);
    window.emit('ready-to-show');
    expect(window.isShown).toBe(true);
  });
});

describe('what a page is denied', () => {
  it.each([
    'https://example.org/',
    'file:///etc/passwd',
    'app://vivarium.example.org/',
    'app://vivarium@example.org/',
    'javascript:alert(1)',
  ])('a navigation to %s', (url) => {
    restrictContents('/preload.cjs');
    const { webContents } = newWindow();
    for (const event of ['will-navigate', 'will-redirect']) {
      const navigation = { url, preventDefault: vi.fn() };
      webContents.emit(event, navigation);
      expect(navigation.preventDefault).toHaveBeenCalledOnce();
    }
  });

  it('not a navigation within the app', () => {
    restrictContents('/preload.cjs');
    const navigation = { url: 'app://vivarium/index.html#/doctor', preventDefault: vi.fn() };
    newWindow().webContents.emit('will-navigate', navigation);
    expect(navigation.preventDefault).not.toHaveBeenCalled();
  });

  it('new windows and webviews', () => {
    restrictContents('/preload.cjs');
    const { webContents } = newWindow();
    for (const url of [
      'app://vivarium/',
      'https://example.org/#/machines/11111111-2222-3333-4444-555555555555/console?detached=1',
      'app://vivarium/#/machines/x/console?detached=1',
    ]) {
      expect(webContents.windowOpenHandler?.({ url })).toEqual({ action: 'deny' });
    }
    const attach = { preventDefault: vi.fn() };
    webContents.emit('will-attach-webview', attach);
    expect(attach.preventDefault).toHaveBeenCalledOnce();
  });

  it('not a console in a window of its own, which gets the same restrictions', () => {
    restrictContents('/preload.cjs');
    const { webContents } = newWindow();
    const answer = webContents.windowOpenHandler?.({
      url: 'app://vivarium/index.html#/machines/11111111-2222-3333-4444-555555555555/console?detached=1',
    });
    expect(answer).toMatchObject({
      action: 'allow',
      overrideBrowserWindowOptions: {
        webPreferences: { preload: '/preload.cjs', sandbox: true, contextIsolation: true, nodeIntegration: false },
      },
    });
  });

  it('every permission but full screen and the clipboard, and those only for the app itself', () => {
    restrictSession(fake.session.defaultSession as never);
    const { webContents } = newWindow();
    const ask = (permission: string): boolean | undefined => {
      let granted: boolean | undefined;
      fake.fakeSession.request?.(webContents, permission, (answer) => {
        granted = answer;
      });
      return granted;
    };
    expect(
      [
        'media',
        'geolocation',
        'notifications',
        'clipboard-read',
        'usb',
        'openExternal',
        'fullscreen',
        'clipboard-sanitized-write',
      ].filter(ask),
    ).toEqual(['clipboard-read', 'fullscreen', 'clipboard-sanitized-write']);
    expect(fake.fakeSession.check?.(webContents, 'fullscreen', 'https://example.org')).toBe(false);
    webContents.mainFrame.url = 'https://example.org/';
    expect(ask('fullscreen')).toBe(false);
  });
});

describe('the app’s own scheme', () => {
  it('is standard and secure', () => {
    registerAppScheme();
    expect(fake.schemes).toEqual([
      { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
  });

  it.each([
    'app://vivarium/../../etc/passwd',
    'app://vivarium/%2e%2e/%2e%2e/etc/passwd',
    'app://vivarium/..%2f..%2fetc/passwd',
    'app://other/index.html',
    'app://vivarium/assets/..%2f..%2f..%2fetc%2fpasswd',
  ])('never leaves its folder: %s', (url) => {
    const path = resolveAppUrl('/opt/renderer', url);
    expect(path === undefined || path.startsWith('/opt/renderer/')).toBe(true);
  });

  it('serves the page with a strict policy', async () => {
    handleAppScheme('/opt/renderer');
    const answer = await fake.protocolHandlers.get('app')?.({ url: 'app://vivarium/' });
    expect(fake.fetched.at(-1)).toBe(`file://${join('/opt/renderer', 'index.html')}`);
    expect(answer?.headers.get('Content-Security-Policy')).toContain("default-src 'none'");
  });
});

describe('IPC', () => {
  const heard: string[] = [];
  const handler = {
    call: async (procedure: string) => {
      heard.push(procedure);
      return { domains: [], broken: [], sequence: 0 };
    },
    subscribe: () => ({ dispose: () => undefined }),
  };
  const call = { type: 'call', id: 1, procedure: 'domain.list', input: {} };

  it('hears only the main frame of a window of ours at our own origin', () => {
    heard.length = 0;
    const ipc = serveIpc(
      () => handler as never,
      () => undefined,
    );
    const window = newWindow();
    const stranger = new fake.FakeWebContents();
    const emit = (sender: fake.FakeWebContents, senderFrame: fake.FakeFrame | null): void =>
      void fake.ipcMain.emit(CHANNEL, { sender, senderFrame }, call);
    emit(window.webContents, window.webContents.mainFrame);
    expect(heard).toEqual([]); // not known as ours yet
    ipc.addWindow(window as never);
    emit(window.webContents, new fake.FakeFrame('app://vivarium/')); // a frame inside the page
    emit(window.webContents, null);
    emit(stranger, stranger.mainFrame);
    window.webContents.mainFrame.url = 'https://example.org/';
    emit(window.webContents, window.webContents.mainFrame);
    window.webContents.mainFrame.url = 'app://vivarium.example.org/';
    emit(window.webContents, window.webContents.mainFrame);
    expect(heard).toEqual([]);
    window.webContents.mainFrame.url = 'app://vivarium/index.html';
    emit(window.webContents, window.webContents.mainFrame);
    expect(heard).toEqual(['domain.list']);
  });

  it('tells windows when the engine went away', () => {
    const ipc = serveIpc(
      () => handler as never,
      () => undefined,
    );
    const window = newWindow();
    ipc.addWindow(window as never);
    fake.ipcMain.emit(CHANNEL, { sender: window.webContents, senderFrame: window.webContents.mainFrame }, call);
    ipc.dropAll();
    expect(window.webContents.sent).toContainEqual([CHANNEL, { type: 'closed' }]);
  });
});

describe('the preload bridge', () => {
  it('passes messages both ways and exposes nothing else', async () => {
    await import('../../../src/preload/index.ts');
    const bridge = fake.exposed.vivarium as {
      send(message: unknown): void;
      onMessage(listener: (message: unknown) => void): () => void;
    };
    expect(Object.keys(bridge)).toEqual(['send', 'onMessage']);
    bridge.send({ a: 1 });
    expect(fake.ipcRenderer.sent).toEqual([[CHANNEL, { a: 1 }]]);
    const messages: unknown[] = [];
    const off = bridge.onMessage((message) => messages.push(message));
    fake.ipcRenderer.emit(CHANNEL, {}, 'one');
    off();
    fake.ipcRenderer.emit(CHANNEL, {}, 'two');
    expect(messages).toEqual(['one']);
  });
});

/** A window's page over the fake IPC: what the preload bridge does, with structured clones and later delivery as Electron has. */
function pageTransport(window: fake.FakeBrowserWindow): Transport {
  const messages = new Emitter<unknown>();
  const closes = new Emitter<string>();
  let isClosed = false;
  window.webContents.on('fake:sent', (_channel: string, message: unknown) =>
    queueMicrotask(() => messages.fire(structuredClone(message))),
  );
  window.webContents.once('destroyed', () => {
    isClosed = true;
    closes.fire('closed');
  });
  return {
    send: (message) =>
      queueMicrotask(
        () =>
          !isClosed &&
          fake.ipcMain.emit(
            CHANNEL,
            { sender: window.webContents, senderFrame: window.webContents.mainFrame },
            structuredClone(message),
          ),
      ),
    onMessage: messages.event,
    onClose: closes.event,
    close: () => window.webContents.destroy(),
  };
}

describeContract('Electron’s IPC', async () => {
  fake.ipcMain.removeAllListeners();
  const window = newWindow();
  const contents = window.webContents as never;
  const page = createPage(contents, () => window.webContents.destroy());
  fake.ipcMain.on(CHANNEL, (event: unknown, message: unknown) => {
    if (isTrustedSender(event as never, new Set([contents]))) page.receive(message);
  });
  window.webContents.once('destroyed', () => page.transport.close());
  const client = pageTransport(window);
  return { client, server: page.transport, dispose: () => client.close() };
});

// The fixture that picks the shell: Electron where its binary is installed, else the browser shell in Chromium. Each test gets a user of its own, and at its
// end none of its processes is left.
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  _electron,
  type Browser,
  test as base,
  type ElectronApplication,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import { launchChromium, ROOT_FLAGS, startServer } from '../helpers/browser-shell.ts';
import { Sandbox } from '../helpers/sandbox.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const ELECTRON = here('../../node_modules/electron/dist/electron');
export const shell = existsSync(ELECTRON) ? 'electron' : 'browser';

export class App implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly #browser: Browser;
  readonly #opened: (ChildProcess | ElectronApplication)[] = [];
  /** What the pages complained of: must stay empty. */
  readonly complaints: string[] = [];

  constructor(sandbox: Sandbox, browser: Browser) {
    this.sandbox = sandbox;
    this.#browser = browser;
  }

  /** Opens a window: the first one hosts the engine, later ones are clients of it. */
  async open(size: { readonly width: number; readonly height: number } = { width: 1280, height: 800 }): Promise<Page> {
    const page = shell === 'electron' ? await this.#openElectron() : await this.#openBrowser(size);
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      // The browser itself reports each failed attempt to connect while the engine is away.
      if (message.type() === 'error' && !/WebSocket connection to|ERR_CONNECTION_REFUSED/.test(message.text()))
        this.complaints.push(message.text());
    });
    return page;
  }

  async #openBrowser(viewport: { readonly width: number; readonly height: number }): Promise<Page> {
    const { server, url } = await startServer(this.sandbox);
    this.#opened.push(server);
    const page = await this.#browser.newPage({ viewport });
    await page.goto(url);
    return page;
  }

  async #openElectron(): Promise<Page> {
    const app = await _electron.launch({
      executablePath: ELECTRON,
      args: [...ROOT_FLAGS, here('../../out/main/index.mjs')],
      env: { ...this.sandbox.env },
    });
    this.#opened.push(app);
    return app.firstWindow();
  }

  /** Kills the process that hosts the engine, as a crash would. Its guests stay. */
  async crash(): Promise<void> {
    for (const opened of this.#opened.splice(0)) {
      const child =
        'process' in opened && typeof opened.process === 'function' ? opened.process() : (opened as ChildProcess);
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.crash();
    await this.sandbox[Symbol.asyncDispose]();
  }
}

export const test = base.extend<{ app: App; page: Page }, { chromium: Browser }>({
  chromium: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what a fixture takes here
    async ({}, use) => {
      const browser = await launchChromium();
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],
  app: async ({ chromium }, use) => {
    const app = new App(await Sandbox.make(), chromium);
    await use(app);
    const { complaints } = app;
    await app[Symbol.asyncDispose]();
    expect(complaints, 'errors in the page').toEqual([]);
  },
  page: async ({ app }, use) => {
    await use(await app.open());
  },
});

export { expect };

/** The machine's row in the list. */
export const row = (page: Page, name: string, state?: string): Locator =>
  page.getByRole('option', { name: state ? `${name}, ${state}` : new RegExp(`^${name}, `) });
export const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
export const tab = (page: Page, name: string): Locator => page.getByRole('tab', { name, exact: true });

/** The rows of a serial console, as a screen reader reads them. */
export const serial = (page: Page, name: string): Locator =>
  page.getByRole('region', { name: `Serial console of ${name}` }).getByRole('list');

/** Makes the demo guest from the empty window and waits for its prompt on the serial console. */
export async function startDemo(page: Page): Promise<void> {
  await button(page, 'Try the demo guest').click();
  await expect(row(page, 'demo', 'Running')).toBeVisible({ timeout: 120_000 });
  await tab(page, 'Serial').click();
  await expect(serial(page, 'demo')).toContainText('demo:~#');
}

/** Forces the machine off by the menu and its question, and waits until it is off. */
export async function forceOff(page: Page, name: string): Promise<void> {
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: /Force off/ }).click();
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /Force off/ })
    .click();
  await expect(row(page, name, 'Shut off')).toBeVisible();
}

/** Types a line into the serial console and waits for the answer. */
export async function serialSays(page: Page, name: string, line: string, answer: string | RegExp): Promise<void> {
  await expect(page.getByRole('region', { name: `Serial console of ${name}` })).toHaveAttribute(
    'data-state',
    'connected',
  );
  await page.getByRole('textbox', { name: `Serial console of ${name}` }).focus();
  await page.keyboard.type(`${line}\n`);
  await expect(serial(page, name)).toContainText(answer);
}

/** The share of the screen that is blue: lossy encodings shift colours a little. */
export const blueShare = ({ shares }: Pixels): number =>
  shares.reduce((sum, [colour, share]) => {
    const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as [
      number,
      number,
      number,
    ];
    return blue > 120 && red < 60 && green < 60 ? sum + share : sum;
  }, 0);

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Share of the pixels of each colour '#rrggbb', most frequent first. */
  readonly shares: readonly (readonly [colour: string, share: number])[];
}

/** What the screen shows, as colours and their shares. */
export function readScreen(page: Page, name: string): Promise<Pixels> {
  return page
    .getByRole('application', { name: `Screen of ${name}` })
    .locator('canvas')
    .first()
    .evaluate((canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      // Before the first picture the canvas has no size, and nothing can be read of it.
      if (width === 0 || height === 0) return { width, height, shares: [] };
      const data =
        (canvas as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data ??
        new Uint8ClampedArray();
      const counts = new Map<string, number>();
      for (let at = 0; at < data.length; at += 4) {
        const colour = `#${[data[at], data[at + 1], data[at + 2]].map((part) => (part ?? 0).toString(16).padStart(2, '0')).join('')}`;
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
      }
      const shares = [...counts]
        .sort((a, b) => b[1] - a[1])
        .map(([colour, count]) => [colour, count / (width * height)] as const);
      return { width, height, shares };
    });
}

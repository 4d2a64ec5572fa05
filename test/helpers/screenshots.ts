// Pictures of every screen, to look at and for the documentation: `node test/helpers/screenshots.ts [folder] [word …]` draws those whose name has one
// of the words, or all. The demo engine behind them says the same at every run.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from '@playwright/test';
import { demoUuid } from './demo-machines.ts';
import { type DemoServer, type DemoServerOptions, startDemoServer } from './demo-server.ts';

const ROOT = process.env.VIVARIUM_RENDERER ?? 'out/renderer';
const SIZES = { wide: { width: 1280, height: 800 }, small: { width: 900, height: 600 } } as const;
type SizeName = keyof typeof SIZES;

interface Shot {
  readonly name: string;
  readonly scenario?: Partial<DemoServerOptions>;
  readonly route?: string;
  readonly act?: (page: Page, server: DemoServer) => Promise<void>;
}

const tab = (number: number, name: string): string => `/machines/${demoUuid(number)}/${name}`;
const openWizard = (page: Page): Promise<void> => page.getByRole('button', { name: 'New machine' }).click();
const next = (page: Page): Promise<void> => page.getByRole('button', { name: 'Next' }).click();

async function openMenu(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: item }).click();
  await page.getByRole('dialog').waitFor();
}
const openDescribe = (page: Page): Promise<void> => openMenu(page, 'Name and description…');

const scroll = (page: Page, name: string): Promise<void> => page.getByRole('region', { name }).scrollIntoViewIfNeeded();

/** A job on a disk was heard of twice. */
const waitForSpeed = (page: Page): Promise<void> =>
  page
    .getByText(/left at .* about/)
    .first()
    .waitFor();

async function chooseIso(page: Page): Promise<void> {
  await openWizard(page);
  await page.getByLabel('ISO image').fill('/home/ada/Downloads/debian-12.7.0-amd64-netinst.iso');
  await page.getByText('Debian 12', { exact: true }).first().waitFor();
}

const SHOTS: readonly Shot[] = [
  { name: 'empty', scenario: { scenario: 'empty' } },
  { name: 'home' },
  { name: 'home-tcg', scenario: { accelerator: 'tcg' } },
  { name: 'many', scenario: { scenario: 'many' } },
  { name: 'console', route: tab(2, 'console'), act: (page) => page.locator('[data-state="connected"]').waitFor() },
  {
    name: 'console-full',
    route: tab(2, 'console'),
    act: async (page) => {
      await page.locator('[data-state="connected"]').waitFor();
      await page.getByRole('button', { name: 'Full screen' }).click();
    },
  },
  {
    name: 'console-keys',
    route: tab(2, 'console'),
    act: async (page) => {
      await page.locator('[data-state="connected"]').waitFor();
      await page.getByRole('button', { name: 'Send keys' }).click();
    },
  },
  { name: 'console-off', route: tab(3, 'console') },
  {
    name: 'console-failing',
    scenario: { consoles: false },
    route: tab(2, 'console'),
    act: (page) => page.getByRole('button', { name: 'Try now' }).waitFor(),
  },
  { name: 'serial', route: tab(2, 'serial'), act: (page) => page.getByText('login: root').first().waitFor() },
  { name: 'overview', route: tab(2, 'overview') },
  { name: 'overview-paused', route: tab(4, 'overview') },
  {
    name: 'hardware',
    route: tab(1, 'hardware'),
    act: (page) => page.getByRole('option', { name: /Disk \(vda\)/ }).click(),
  },
  {
    name: 'board',
    route: tab(2, 'hardware'),
    act: async (page) => {
      await page.getByRole('option', { name: /Processor and memory/ }).click();
      await page.getByRole('textbox', { name: 'Virtual CPUs now' }).fill('7');
      await page.getByRole('textbox', { name: 'Virtual CPUs now' }).press('Tab');
    },
  },
  {
    name: 'board-off',
    route: tab(3, 'hardware'),
    act: async (page) => {
      await page.getByRole('option', { name: /Processor and memory/ }).click();
      await page.getByRole('textbox', { name: 'Virtual CPUs' }).fill('8');
      await page.getByRole('textbox', { name: 'Virtual CPUs' }).press('Tab');
    },
  },
  { name: 'start-options', route: tab(12, 'overview'), act: (page) => openMenu(page, 'Start in another way…') },
  { name: 'save-file', route: tab(2, 'overview'), act: (page) => openMenu(page, 'Save to a file…') },
  {
    name: 'save-as',
    route: tab(2, 'overview'),
    act: async (page) => {
      await openMenu(page, 'Save to a file…');
      await page.getByRole('button', { name: 'Browse…' }).click();
      await page.getByLabel('File name').waitFor();
    },
  },
  { name: 'dump', route: tab(2, 'overview'), act: (page) => openMenu(page, 'Dump memory…') },
  {
    name: 'menu-machine',
    route: tab(2, 'overview'),
    act: (page) => page.getByRole('button', { name: 'More actions' }).click(),
  },
  {
    name: 'pending',
    route: tab(1, 'hardware'),
    act: async (page) => {
      await page.getByRole('option', { name: /CD-ROM/ }).click();
      await page.getByRole('region', { name: 'Pending changes' }).getByRole('button', { name: 'Show XML' }).click();
    },
  },
  {
    name: 'media',
    route: tab(2, 'hardware'),
    act: async (page) => {
      await page.getByRole('option', { name: /CD-ROM/ }).click();
      await page.getByRole('button', { name: 'Change medium…' }).click();
    },
  },
  {
    name: 'describe',
    route: tab(3, 'overview'),
    act: async (page) => {
      await openDescribe(page);
      await page.getByRole('textbox', { name: 'Name' }).fill('web-server');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    },
  },
  {
    name: 'detach',
    route: tab(1, 'hardware'),
    act: async (page) => {
      await page.getByRole('option', { name: /Disk \(vda\)/ }).click();
      await page.getByRole('button', { name: 'Take it out…' }).click();
    },
  },
  { name: 'describe-running', route: tab(2, 'overview'), act: openDescribe },
  { name: 'saved', route: tab(12, 'console') },
  { name: 'saved-overview', route: tab(12, 'overview') },
  { name: 'saving', route: tab(13, 'console'), act: (page) => page.locator('[data-state="connected"]').waitFor() },
  {
    name: 'restoring',
    route: tab(12, 'console'),
    act: async (page) => {
      await page.getByRole('button', { name: 'Restore', exact: true }).click();
      await page.getByRole('progressbar').first().waitFor();
    },
  },
  { name: 'restore-failed', route: tab(14, 'console') },
  { name: 'io-error', route: tab(4, 'overview') },
  {
    name: 'nudge',
    scenario: { ignoresShutdown: true },
    route: tab(2, 'overview'),
    act: async (page) => {
      await page.clock.install();
      await page.getByRole('button', { name: 'Shut down' }).click();
      await page.getByText('Asked to shut down').waitFor();
      await page.clock.fastForward(20_000);
      await page.getByText('Still running').waitFor();
    },
  },
  {
    name: 'block-job',
    scenario: { hasBlockJobs: true },
    route: tab(2, 'overview'),
    act: waitForSpeed,
  },
  { name: 'block-job-ready', scenario: { hasBlockJobs: true }, route: tab(1, 'overview'), act: waitForSpeed },
  { name: 'block-job-console', scenario: { hasBlockJobs: true }, route: tab(2, 'console'), act: waitForSpeed },
  {
    name: 'block-job-activity',
    scenario: { hasBlockJobs: true },
    act: async (page) => {
      await page.getByRole('button', { name: /^Activity/ }).click();
      await waitForSpeed(page);
    },
  },
  { name: 'asleep', route: tab(8, 'overview') },
  { name: 'no-net', route: tab(1, 'overview') },
  { name: 'guest', route: tab(2, 'overview'), act: (page) => scroll(page, 'System inside') },
  { name: 'xml', route: tab(3, 'xml') },
  {
    name: 'xml-error',
    route: tab(3, 'xml'),
    act: async (page) => {
      const editor = page.getByRole('textbox', { name: 'XML of windows-11' });
      await editor.fill((await editor.inputValue()).replace('</vcpu>', '</vcpus>'));
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: /Go to line/ }).click();
    },
  },
  { name: 'log', route: tab(5, 'log') },
  { name: 'problem', route: tab(6, 'console') },
  { name: 'crashed', route: tab(5, 'overview') },
  { name: 'wizard-source', act: openWizard },
  { name: 'wizard-source-iso', act: chooseIso },
  {
    name: 'wizard-source-error',
    act: async (page) => {
      await openWizard(page);
      await next(page);
    },
  },
  {
    name: 'wizard-import',
    act: async (page) => {
      await openWizard(page);
      await page.getByText('Existing disk').click();
    },
  },
  {
    name: 'wizard-kernel',
    act: async (page) => {
      await openWizard(page);
      await page.getByText('Linux kernel').click();
    },
  },
  {
    name: 'wizard-machine',
    act: async (page) => {
      await chooseIso(page);
      await next(page);
    },
  },
  {
    name: 'wizard-machine-error',
    act: async (page) => {
      await chooseIso(page);
      await next(page);
      await page.getByRole('textbox', { name: 'Name' }).fill('web-server');
      await next(page);
    },
  },
  {
    name: 'wizard-system',
    act: async (page) => {
      await chooseIso(page);
      await next(page);
      await page.getByRole('combobox', { name: 'System' }).click();
    },
  },
  {
    name: 'wizard-review',
    act: async (page) => {
      await chooseIso(page);
      await next(page);
      await next(page);
    },
  },
  {
    name: 'wizard-files',
    act: async (page) => {
      await openWizard(page);
      await page.getByRole('button', { name: 'Browse…' }).click();
      await page.getByRole('option', { name: /debian-12/ }).click();
    },
  },
  {
    name: 'delete',
    route: tab(1, 'overview'),
    act: async (page) => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      await page.getByRole('checkbox').first().waitFor();
    },
  },
  {
    name: 'confirm',
    route: tab(2, 'overview'),
    act: async (page) => {
      await page.getByRole('button', { name: 'More actions' }).click();
      await page.getByRole('menuitem', { name: 'Force off' }).click();
    },
  },
  {
    name: 'menu',
    act: async (page) => {
      await page.getByRole('option', { name: /build-farm/ }).click({ button: 'right' });
    },
  },
  { name: 'doctor', route: '/doctor' },
  { name: 'activity', act: (page) => page.getByRole('button', { name: /^Activity/ }).click() },
  {
    name: 'notice',
    route: tab(6, 'console'),
    act: (page) => page.getByRole('button', { name: 'Start' }).first().click(),
  },
  {
    name: 'selection',
    act: async (page) => {
      await page.getByRole('option', { name: /build-farm/ }).click();
      await page.getByRole('option', { name: /kiosk/ }).click({ modifiers: ['Shift'] });
    },
  },
  {
    name: 'lost',
    route: tab(2, 'overview'),
    act: async (page, server) => {
      server.pause();
      await page.getByText('Connection to Vivarium lost').waitFor();
    },
  },
];

interface Look {
  readonly size: SizeName;
  readonly scheme: 'light' | 'dark';
}
const LOOKS: readonly Look[] = [
  { size: 'wide', scheme: 'light' },
  { size: 'wide', scheme: 'dark' },
  { size: 'small', scheme: 'light' },
];

async function open(browser: Browser, server: DemoServer, shot: Shot, look: Look): Promise<Page> {
  const context = await browser.newContext({
    viewport: SIZES[look.size],
    colorScheme: look.scheme,
    reducedMotion: 'reduce',
    deviceScaleFactor: 1,
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') console.log(`  ${shot.name}: ${message.text()}`);
  });
  page.on('pageerror', (error) => console.log(`  ${shot.name}: ${error.stack ?? error.message}`));
  await page.goto(`${server.url()}${shot.route ? `&route=${encodeURIComponent(shot.route)}` : ''}`);
  await page.getByRole('button', { name: 'New machine' }).waitFor();
  return page;
}

async function take(browser: Browser, folder: string, shot: Shot, look: Look): Promise<void> {
  const server = await startDemoServer({ root: ROOT, ...shot.scenario });
  try {
    const page = await open(browser, server, shot, look);
    // enough samples for a graph with a shape
    await page.waitForFunction(() => document.querySelector('[role="listbox"], .empty') !== null);
    for (let count = 0; count < 60; count += 1) server.engine.sampleStats();
    await shot.act?.(page, server);
    await page.waitForTimeout(400);
    await page.screenshot({ path: path.join(folder, `${shot.name}-${look.size}-${look.scheme}.png`) });
    await page.context().close();
  } catch (error) {
    console.log(
      `${shot.name} (${look.size}, ${look.scheme}): ${error instanceof Error ? error.message : String(error)}`,
    );
  } finally {
    await server.close();
  }
}

async function main([folder = '.cache/screenshots', ...words]: readonly string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const looks = process.env.LOOK ? LOOKS.filter((look) => `${look.size}-${look.scheme}` === process.env.LOOK) : LOOKS;
  const shots = SHOTS.filter((shot) => words.length === 0 || words.some((word) => shot.name.includes(word)));
  for (const shot of shots) for (const look of looks) await take(browser, folder, shot, look);
  await browser.close();
}

await main(process.argv.slice(2));

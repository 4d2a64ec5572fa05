// The Chromium in which the browser shell opens its window.
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'brave-browser',
  'microsoft-edge',
];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // the next place
  }
};

/** The first Chromium-like browser in PATH. */
export function findBrowser(env: Readonly<Record<string, string | undefined>> = process.env): string | undefined {
  if (env.VIVARIUM_BROWSER) return env.VIVARIUM_BROWSER;
  const places = (env.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => places.map((place) => join(place, name))).find(isExecutable);
}

/** Opens `url` in a window of its own, with a profile of its own, so that the window's end is the process's end. */
export function openWindow(browser: string, url: string, profileDir: string): ChildProcess {
  const sandbox = userInfo().uid === 0 ? ['--no-sandbox', '--test-type'] : [];
  const args = [
    `--app=${url}`,
    `--user-data-dir=${profileDir}`,
    '--class=vivarium',
    '--window-size=1280,800',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-sync',
    '--disable-component-update',
    ...sandbox,
  ];
  return spawn(browser, args, { stdio: 'ignore' });
}

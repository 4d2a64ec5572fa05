// The browser shell of a sandbox's user, and the Chromium that looks at it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from '@playwright/test';
import { type Sandbox, SERVER } from './sandbox.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
);
export const ROOT_FLAGS = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const FLAGS = [
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...ROOT_FLAGS,
];

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ ...(CHROMIUM ? { executablePath: CHROMIUM } : {}), args: FLAGS });

/** Starts the server and returns its process and the address that it prints. */
export async function startServer(sandbox: Sandbox): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const server = spawn(process.execPath, [SERVER, '--headless'], {
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await new Promise<string>((resolve, reject) => {
    let words = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (chunk) => {
        words += String(chunk);
        const ready = /^Vivarium is ready: (\S+)$/m.exec(words)?.[1];
        if (ready) resolve(ready);
      });
    }
    server.once('exit', () => reject(new Error(`the server ended: ${words}`)));
  });
  return { server, url };
}

// The window against the real engine: 10,000 machines in the list (first rows, scrolling, idle), a change until it is seen, and the bytes of a console through the shell.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Page } from '@playwright/test';
import { connectClient, resolvePaths } from '../../src/engine/client.ts';
import { domainRuntimeDir } from '../../src/engine/state/domain-runtime-dir.ts';
import { launchChromium, startServer } from '../helpers/browser-shell.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { Sandbox } from '../helpers/sandbox.ts';
import { median, report, reportBudget } from './report.ts';

const MACHINES = Number(process.env.VIVARIUM_BENCH_DEFINITIONS ?? 10_000);
const ROUNDS = 5;
const CHANGES = 20;
const REST_MS = 20_000;
const STREAM_BYTES = 256 * 1024 * 1024;
/** Sorts before the others, so that it is on the screen. */
const GUEST = 'a-guest';

const sandbox = await Sandbox.make({ VIVARIUM_IDLE_SECONDS: '600' });
const paths = resolvePaths(sandbox.env);
const browser = await launchChromium();

const uuidOf = (index: number): string => `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`;

async function defineMachines(): Promise<void> {
  await mkdir(paths.definitionDir, { recursive: true });
  for (let index = 0; index < MACHINES; index += 1) {
    const name = `machine-${index}`;
    const xml = tinyDomain({ name, uuid: uuidOf(index), memoryMiB: 1024 });
    await writeFile(join(paths.definitionDir, `${name}.xml`), xml);
  }
}

/** ms from the address to the first rows. */
async function openWindow(url: string): Promise<{ readonly page: Page; readonly ms: number }> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const begun = performance.now();
  await page.goto(url);
  await page.getByRole('option').first().waitFor();
  return { page, ms: performance.now() - begun };
}

/** Frames a second while `work` moves something at each frame, or nothing does. */
const frames = (page: Page, isScrolling: boolean): Promise<number> =>
  page.evaluate(async (scrolls) => {
    const list = document.querySelector('[role=listbox]') ?? document.body;
    const next = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const begun = performance.now();
    let count = 0;
    for (; performance.now() - begun < 2000; count += 1) {
      await next();
      if (scrolls) list.scrollTop += 120;
    }
    return count / 2;
  }, isScrolling);

/** CPU time in ms that a process has had, all its threads: the kernel's own count, in ns. */
async function cpuMs(pid: number): Promise<number> {
  const taken = (await readdir(`/proc/${pid}/task`)).map(async (thread) => {
    const words = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').catch(() => '0'); // it has ended
    return Number(words.split(' ')[0]) / 1e6;
  });
  return (await Promise.all(taken)).reduce((sum, ms) => sum + ms, 0);
}

/**
 * Share of a core that the page's process takes, in %. It is CPU time: the durations that Chromium tells of a page's tasks have in them what others did on the processors
 * meanwhile, and nothing of the threads that draw. What was left over from loading and scrolling is collected before.
 */
async function idle(page: Page): Promise<number> {
  await (await page.context().newCDPSession(page)).send('HeapProfiler.collectGarbage');
  const { processInfo } = await (await browser.newBrowserCDPSession()).send('SystemInfo.getProcessInfo');
  const pages = processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime);
  const pid = pages[0]?.id ?? Number.NaN;
  await page.waitForTimeout(2000);
  const [before, begun] = [await cpuMs(pid), performance.now()];
  await page.waitForTimeout(REST_MS);
  return ((await cpuMs(pid)) - before) / ((performance.now() - begun) / 100);
}

/** Median ms between another client's command and the window's new words. */
async function change(page: Page): Promise<number> {
  const client = await connectClient(paths.socket);
  if (!client) throw new Error('no engine');
  const seen = (state: string): Promise<number> =>
    page.evaluate(
      ([name, word]) =>
        new Promise<number>((resolve) => {
          const look = (): void => {
            if (!document.querySelector(`[role=option][aria-label^="${name}, ${word}"]`)) return;
            watcher.disconnect();
            resolve(performance.timeOrigin + performance.now());
          };
          const watcher = new MutationObserver(look);
          watcher.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
          look();
        }),
      [GUEST, state] as const,
    );
  const times: number[] = [];
  for (let round = 0; round < CHANGES; round += 1) {
    const isPause = round % 2 === 0;
    const shown = seen(isPause ? 'Paused' : 'Running');
    await page.waitForTimeout(50);
    const begun = performance.timeOrigin + performance.now();
    await client.call(isPause ? 'domain.suspend' : 'domain.resume', { domain: GUEST });
    times.push((await shown) - begun);
  }
  client.dispose();
  return median(times);
}

const receive = (stream: Readable): Promise<number> =>
  new Promise((resolve, reject) => {
    let [count, begun] = [0, 0];
    stream.on('data', (chunk: Buffer) => {
      begun ||= performance.now();
      count += chunk.length;
      if (count >= STREAM_BYTES) resolve(performance.now() - begun);
    });
    stream.once('error', reject);
    stream.resume();
    stream.once('close', () => reject(new Error(`the stream ended after ${count} bytes`)));
  });

/** The console's WebSocket as the bytes that arrive: what a browser makes of its frames is the browser's. */
const upgrade = (origin: string, cookie: string, protocols: readonly string[]): Promise<Readable> =>
  new Promise((resolve, reject) => {
    const headers = {
      Origin: origin,
      Cookie: cookie,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Protocol': protocols.join(', '),
    };
    request(`${origin}/console`, { headers })
      .once('upgrade', (_, socket) => resolve(socket))
      .once('response', ({ statusCode }) => reject(new Error(`the console was refused: ${statusCode}`)))
      .end();
  });

/** A program that does no more than the shell must: from the unix socket to TCP. */
const COPY = `const net = require('node:net');
const server = net.createServer((peer) => net.connect(process.argv[1]).pipe(peer).on('error', () => 0));
server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

/** The guest's VNC socket is taken by one that sends as fast as it is read: by a plain copy, and through the shell and its WebSocket. */
async function stream(page: Page): Promise<void> {
  const client = await connectClient(paths.socket);
  if (!client) throw new Error('no engine');
  const { uuid } = await client.call('domain.lookup', { domain: GUEST });
  const socketPath = join(domainRuntimeDir(paths, uuid), 'vnc.sock');
  await rm(socketPath);
  const block = Buffer.alloc(256 * 1024, 7);
  const source = createServer((peer) => {
    peer.on('error', () => undefined); // it has had enough
    const pump = (): void => {
      while (peer.writable && peer.write(block));
    };
    peer.on('drain', pump);
    pump();
  }).listen(socketPath);
  const { origin } = new URL(page.url());
  const tabToken = await page.evaluate(() => sessionStorage.getItem('vivarium.tab-token'));
  const cookie = (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const copier = spawn(process.execPath, ['-e', COPY, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [port] = await once(copier.stdout, 'data');
  const plain: number[] = [];
  const shell: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const copied = connect(Number(port), '127.0.0.1');
    plain.push(await receive(copied));
    copied.destroy();
    const { ticket } = await client.call('console.open', { domain: GUEST, console: 'vnc' });
    const upgraded = await upgrade(origin, cookie, ['binary', `token.${tabToken}`, `ticket.${ticket}`]);
    shell.push(await receive(upgraded));
    upgraded.destroy();
  }
  source.close();
  client.dispose();
  copier.kill();
  const perSecond = (ms: number): string => `${(STREAM_BYTES / 2 ** 20 / (ms / 1000)).toFixed(0)} MiB/s`;
  console.log(`    plain copy ${perSecond(median(plain))}, through the shell ${perSecond(median(shell))}`);
  report('a console’s bytes', {
    ours: median(shell),
    floor: median(plain),
    unit: 'ms',
    floorName: 'copied from socket to socket',
    budget: 1.25,
  });
}

try {
  await defineMachines();
  const graphics = "<graphics type='vnc'/><video><model type='vga'/></video>";
  await writeFile(sandbox.path('guest.xml'), tinyDomain({ name: GUEST, memoryMiB: 16, devices: graphics }));
  // The server hosts the engine, as the window of a person who has just begun does.
  const { server, url } = await startServer(sandbox);
  const created = await sandbox.cli('create', sandbox.path('guest.xml'));
  if (created.code !== 0) throw new Error(created.stderr);
  const { page, ms } = await openWindow(url);
  const first = [ms];
  for (let round = 1; round < ROUNDS; round += 1) {
    const begun = performance.now();
    await page.reload();
    await page.getByRole('option').first().waitFor();
    first.push(performance.now() - begun);
  }
  reportBudget(`first rows of ${MACHINES} machines`, median(first), 1000, 'ms');
  const still = await frames(page, false);
  report('a frame while the list scrolls', {
    ours: 1000 / (await frames(page, true)),
    floor: 1000 / still,
    unit: 'ms',
    floorName: 'at rest',
    budget: 1.1,
  });
  await page.evaluate(() => document.querySelector('[role=listbox]')?.scrollTo(0, 0));
  reportBudget('the page at rest', await idle(page), 1, '% of a core');
  reportBudget('another client’s command until the window shows it', await change(page), 50, 'ms');
  await stream(page);
  server.kill('SIGTERM');
} finally {
  await browser.close();
  await sandbox[Symbol.asyncDispose]();
}

// Figures as long as they come, in windows as small as they come, with larger text: none is cut. The demo engine is behind them, and on the way its figures are made long.
import { demoUuid } from '../helpers/demo-machines.ts';
import { startDemoServer } from '../helpers/demo-server.ts';
import { expect, test } from './fixtures.ts';

const GIB_KIB = 1024 * 1024;
const RATE = 1023.4 * 1024 ** 2;
const YEAR_MS = (364 * 24 + 23) * 3_600_000 + 60_000;
const LONG: Readonly<Record<string, unknown>> = {
  cpuPercent: 12_800,
  residentKiB: 1023.4 * GIB_KIB,
  memoryKiB: 1022 * GIB_KIB,
  vcpus: 128,
  diskReadBps: RATE,
  diskWriteBps: RATE,
  netRxBps: RATE,
  netTxBps: RATE,
  startedAt: Date.now() - YEAR_MS,
};

const makeLong = (message: string): string =>
  JSON.stringify(JSON.parse(message), (key, value: unknown) =>
    value !== undefined && key in LONG ? LONG[key] : value,
  );

/** Where a page is looked at: a zoom of 1.5 is a window that has so many points less. */
const WINDOWS = [
  { width: 1280, height: 800, zoom: 1 },
  { width: 900, height: 600, zoom: 1 },
  { width: 1280, height: 800, zoom: 1.5 },
  { width: 900, height: 600, zoom: 1.5 },
] as const;

for (const { width, height, zoom } of WINDOWS)
  test(`no figure is cut at ${width} × ${height}, ${zoom * 100} %`, async ({ chromium }) => {
    const server = await startDemoServer({ root: 'out/renderer' });
    const context = await chromium.newContext({
      viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) },
      deviceScaleFactor: zoom,
    });
    const page = await context.newPage();
    await page.routeWebSocket(/contract$/, (socket) => {
      const engine = socket.connectToServer();
      engine.onMessage((message) => socket.send(makeLong(String(message))));
    });
    /** Words in boxes that hide what does not fit. */
    const cut = (): Promise<readonly string[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll<HTMLElement>('main *, .sidebar *')]
          .filter((box) => getComputedStyle(box).contain === 'strict' && box.textContent !== '' && box.clientWidth > 0)
          .filter((box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight)
          .map((box) => `${box.className}: ${box.textContent} (${box.scrollWidth} of ${box.clientWidth})`),
      );
    /** Captions whose title and figures stand in each other's way. */
    const overlapping = (): Promise<readonly string[]> =>
      page.evaluate(() => {
        const placeOf = (node: Element | null): DOMRect => {
          const range = document.createRange();
          if (node) range.selectNodeContents(node);
          return range.getBoundingClientRect();
        };
        return [...document.querySelectorAll('figcaption')]
          .filter((caption) => {
            const [title, now] = [placeOf(caption.querySelector('h3')), placeOf(caption.querySelector('.usage-now'))];
            return now.left < title.right + 8 && now.top < title.bottom - 4;
          })
          .map((caption) => caption.textContent);
      });
    await page.goto(server.url());
    await expect(page.getByRole('table')).toBeVisible();
    server.engine.sampleStats();
    await expect(page.locator('.cell-percent').first()).toHaveText('12800 %');
    await expect(page.locator('.cell-time').first()).toHaveText('364 days 23 h');
    expect(await cut()).toEqual([]);
    await page.goto(`${server.url()}&route=${encodeURIComponent(`/machines/${demoUuid(2)}/overview`)}`);
    await page.reload();
    await expect(page.getByRole('figure').first()).toContainText('12800 % of 128 CPUs');
    await expect(page.getByRole('figure').nth(2)).toContainText('1023 MiB/s');
    expect(await cut()).toEqual([]);
    expect(await overlapping()).toEqual([]);
    expect((await page.getByRole('heading', { name: 'build-farm' }).boundingBox())?.width).toBeGreaterThan(60);
    await context.close();
    await server.close();
  });

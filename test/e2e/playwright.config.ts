// The window, end to end, against real QEMU. The same specs run in Chromium against the browser shell, and on Electron where its binary is. One worker and
// no retries: guests share two cores, and a race that shows once is a race.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  workers: 1,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [['list'], ['json']] : [['list']],
  use: { trace: 'off' },
});

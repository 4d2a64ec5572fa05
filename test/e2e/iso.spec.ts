// From the wizard with a real ISO to a screen that shows it.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { blueShare, button, expect, forceOff, readScreen, row, tab, test } from './fixtures.ts';

const guest = (path: string): string =>
  `${process.env.VIVARIUM_GUESTS ?? fileURLToPath(new URL('../../.cache/guests', import.meta.url))}/${path}`;
const MEMTEST = guest('memtest86+/usr/lib/memtest86+/memtest86+x64.iso');
const GRUB = guest('grub-rescue-pc/usr/lib/grub-rescue/grub-rescue-cdrom.iso');

test('an ISO chosen in the wizard boots to its own screen: memtest86+', async ({ page, app }) => {
  test.skip(!existsSync(MEMTEST), 'the package memtest86+ could not be fetched');
  await button(page, 'Create a machine').click();
  const wizard = page.getByRole('dialog', { name: 'Create a machine' });
  await wizard.getByRole('textbox', { name: 'ISO image' }).fill(MEMTEST);
  await wizard.getByRole('button', { name: 'Next' }).click();
  await wizard.getByRole('textbox', { name: 'Name' }).fill('memtest');
  await wizard.getByRole('button', { name: 'Next' }).click();
  await expect(wizard).toContainText('memtest86+x64.iso');
  await wizard.getByRole('button', { name: /^Create/ }).click();
  await expect(row(page, 'memtest', 'Running')).toBeVisible();

  await tab(page, 'Console').click();
  // memtest86+ paints a blue page with a coloured title: no firmware and no error looks so.
  await expect
    .poll(async () => blueShare(await readScreen(page, 'memtest')), {
      timeout: 120_000,
    })
    .toBeGreaterThan(0.5);
  const shown = await readScreen(page, 'memtest');
  // The same picture by the other way, from QEMU itself.
  const file = app.sandbox.path('shot.png');
  expect((await app.sandbox.cli('screenshot', 'memtest', file)).stderr).toBe('');
  const png = await readFile(file);
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([shown.width, shown.height]);
});

test('an ISO boots through UEFI as well, with its variables kept beside the machine', async ({ page, app }) => {
  test.skip(!existsSync(MEMTEST), 'the package memtest86+ could not be fetched');
  const { stderr } = await app.sandbox.cli(
    'install',
    '--name',
    'uefi',
    '--cdrom',
    MEMTEST,
    '--boot',
    'uefi',
    '--memory',
    '256',
    '--disk',
    '1',
    '--network',
    'none',
  );
  expect(stderr).toBe('');
  await row(page, 'uefi', 'Running').click();
  await expect
    .poll(async () => blueShare(await readScreen(page, 'uefi')), {
      timeout: 150_000,
    })
    .toBeGreaterThan(0.3);
  expect((await app.sandbox.cli('dumpxml', 'uefi')).stdout).toMatch(/<nvram[^>]*>.*uefi_VARS\.fd<\/nvram>/);
});

test('a GRUB rescue ISO shows its menu, and a machine is deleted with the disk that was ticked', async ({
  page,
  app,
}) => {
  test.skip(!existsSync(GRUB), 'the package grub-rescue-pc could not be fetched');
  await app.sandbox.cli('install', '--name', 'grub', '--cdrom', GRUB, '--memory', '128', '--disk', '1');
  await row(page, 'grub', 'Running').click();
  await expect
    .poll(async () => (await readScreen(page, 'grub')).shares.length, { timeout: 120_000 })
    .toBeGreaterThan(1);

  await forceOff(page, 'grub');

  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: /Delete/ }).click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  await expect(dialog).toContainText('grub.qcow2');
  await expect(dialog).toContainText('grub-rescue-cdrom.iso');
  await dialog.getByRole('checkbox', { name: /grub\.qcow2/ }).check();
  await dialog.getByRole('button', { name: /^Delete/ }).click();
  await expect(row(page, 'grub')).toHaveCount(0);
  const images = `${app.sandbox.env.XDG_DATA_HOME}/vivarium/images`;
  expect(existsSync(`${images}/grub.qcow2`)).toBe(false);
  expect(existsSync(GRUB)).toBe(true);
});

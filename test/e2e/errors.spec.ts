// What goes wrong is told where it happened, with what to do; and all of it works by keyboard.
import { writeFile } from 'node:fs/promises';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { button, expect, row, shell, tab, test } from './fixtures.ts';

test('the wizard says what is wrong with an image, a name and the memory, and keeps what was typed', async ({
  page,
  app,
}) => {
  await writeFile(app.sandbox.path('a.xml'), tinyDomain({ name: 'taken' }));
  await app.sandbox.cli('define', app.sandbox.path('a.xml'));
  await button(page, 'New machine').click();
  const wizard = page.getByRole('dialog', { name: 'Create a machine' });
  await wizard.getByRole('textbox', { name: 'ISO image' }).fill('/nowhere/none.iso');
  await wizard.getByRole('button', { name: 'Next' }).click();
  await expect(wizard).toContainText('/nowhere/none.iso');
  await expect(wizard.getByRole('textbox', { name: 'ISO image' })).toBeVisible();

  await wizard.getByRole('radio', { name: /Network boot/ }).check({ force: true });
  await wizard.getByRole('button', { name: 'Next' }).click();
  const name = wizard.getByRole('textbox', { name: 'Name' });
  await name.fill('a/b');
  await wizard.getByRole('button', { name: 'Next' }).click();
  await expect(wizard).toContainText('slash');
  await name.fill('taken');
  await wizard.getByRole('button', { name: 'Next' }).click();
  await expect(wizard).toContainText(/taken.*(exists|already|name)/i);
  await name.fill('fine');
  await wizard.getByRole('button', { name: 'Next' }).click();
  await expect(wizard).toContainText('fine');
});

test('XML that is broken is told with its line; what is right is stored', async ({ page, app }) => {
  await writeFile(app.sandbox.path('a.xml'), tinyDomain({ name: 'web' }));
  await app.sandbox.cli('define', app.sandbox.path('a.xml'));
  await row(page, 'web', 'Shut off').click();
  await tab(page, 'XML').click();
  const editor = page.getByRole('textbox', { name: 'XML of web' });
  await expect(editor).toHaveValue(/<name>web<\/name>/);
  const xml = await editor.inputValue();
  await editor.fill(xml.replace('</memory>', '</mem>'));
  await button(page, 'Save').click();
  await expect(page.getByRole('tabpanel', { name: 'XML' })).toContainText(/[Ll]ine 4/);
  await editor.fill(
    xml.replace(/<memory unit='KiB'>\d+<\/memory>/, "<memory unit='MiB'>48</memory>").replace(/<currentMemory.*\n/, ''),
  );
  await button(page, 'Save').click();
  await expect(editor).toHaveValue(/<memory unit='KiB'>49152<\/memory>/);
  expect((await app.sandbox.cli('dumpxml', 'web')).stdout).toContain("<memory unit='KiB'>49152</memory>");
});

test('a start that fails says why, on the machine’s page and in the activity', async ({ page, app }) => {
  await writeFile(
    app.sandbox.path('a.xml'),
    tinyDomain({
      name: 'web',
      devices:
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='/nowhere/disk.raw'/><target dev='vda' bus='virtio'/></disk>",
    }),
  );
  await app.sandbox.cli('define', app.sandbox.path('a.xml'));
  await row(page, 'web', 'Shut off').click();
  await button(page, 'Start').first().click();
  await expect(page.getByRole('main')).toContainText('/nowhere/disk.raw does not exist');
  await expect(page.locator('body')).not.toContainText(/\.ts:\d|at \w+ \(/);
});

test('the demo guest is made, started and shut down by keyboard alone', async ({ page }) => {
  await expect(button(page, 'Try the demo guest')).toBeVisible();
  await page.keyboard.press('Control+n');
  const wizard = page.getByRole('dialog', { name: 'Create a machine' });
  await expect(wizard).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(wizard).toHaveCount(0);
  await button(page, 'Try the demo guest').focus();
  await page.keyboard.press('Enter');
  await expect(row(page, 'demo', 'Running')).toBeVisible({ timeout: 120_000 });
  await row(page, 'demo', 'Running').focus();
  await page.keyboard.press('Enter');
  await button(page, 'Pause').focus();
  await page.keyboard.press('Space');
  await expect(row(page, 'demo', 'Paused')).toBeVisible();
});

test('a window whose address was used already says how to open one', async ({ page, app }) => {
  test.skip(shell === 'electron', 'only the browser shell has an address');
  const second = await page.context().browser()?.newPage();
  await second?.goto(`${new URL(page.url()).origin}/#token=guess`);
  await expect(second?.locator('body') ?? page.locator('body')).toContainText('npm start');
  app.complaints.length = 0; // the refusal itself is in the browser's log
  await second?.close();
});

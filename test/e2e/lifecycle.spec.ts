// What a person sets once and does rarely: a start in another way, processors and memory while it runs, a saved file, a dump.
import { existsSync } from 'node:fs';
import { button, expect, row, serialSays, startDemo, tab, test } from './fixtures.ts';

test('a machine is saved to a file of one’s own and restored from it, and counts on', async ({ page, app }) => {
  await startDemo(page);
  await serialSays(page, 'demo', 'MARK=$((100 + 23)); echo mark $MARK', 'mark 123');
  const file = app.sandbox.path('demo.save');
  const choose = async (item: string, path: string, label: string): Promise<void> => {
    await button(page, 'More actions').click();
    await page.getByRole('menuitem', { name: item }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'File' }).fill(path);
    await dialog.getByRole('button', { name: label }).click();
  };
  const core = app.sandbox.path('demo.core');
  await choose('Dump memory…', core, 'Dump');
  await expect(page.getByText(`It is in ${core}.`)).toBeVisible();
  expect(existsSync(core)).toBe(true);
  await choose('Save to a file…', core, 'Replace and save');
  await expect(row(page, 'demo', 'Shut off')).toBeVisible();
  expect((await app.sandbox.cli('dominfo', 'demo')).stdout).toMatch(/Managed save:\s+no/);

  // Now under the name that it should have had: restored, saved again, restored from that.
  expect((await app.sandbox.cli('restore', core)).code).toBe(0);
  await expect(row(page, 'demo', 'Running')).toBeVisible();
  await choose('Save to a file…', file, 'Save');
  await expect(row(page, 'demo', 'Shut off')).toBeVisible();
  await page.getByRole('link', { name: 'Vivarium' }).click();
  await button(page, 'Restore from a file…').click();
  const picker = page.getByRole('dialog', { name: 'Restore a machine from a file' });
  const folder = picker.getByRole('textbox', { name: 'Folder' });
  await folder.fill(app.sandbox.dir);
  await folder.press('Enter');
  await expect(picker.getByRole('option', { name: 'demo.core' })).toHaveCount(0);
  await picker.getByRole('option', { name: 'demo.save' }).click();
  await picker.getByRole('button', { name: 'Choose' }).click();
  await expect(row(page, 'demo', 'Running')).toBeVisible();
  await tab(page, 'Serial').click();
  await serialSays(page, 'demo', 'echo still $MARK after all', 'still 123 after all');
});

test('a machine starts paused, and has its processors and memory changed while it runs and for later', async ({
  page,
  app,
}) => {
  await startDemo(page);
  await app.sandbox.cli('destroy', 'demo');
  await expect(row(page, 'demo', 'Shut off')).toBeVisible();
  const spin = (name: string) => page.getByRole('textbox', { name });
  const set = async (name: string, value: string): Promise<void> => {
    await spin(name).fill(value);
    await spin(name).press('Tab');
  };
  await tab(page, 'Hardware').click();
  await page.getByRole('option', { name: /Processor and memory/ }).click();
  await set('Virtual CPUs', '3');
  await button(page, 'Apply').click();
  await expect(button(page, 'Undo')).toHaveCount(0);
  await expect(page.getByRole('option', { name: /Processor and memory/ })).toContainText('3 CPUs');
  expect((await app.sandbox.cli('vcpucount', 'demo')).stdout).toMatch(/maximum\s+config\s+3\ncurrent\s+config\s+3/);
  await set('Virtual CPUs', '1');
  await button(page, 'Apply').click();
  await expect(page.getByRole('option', { name: /Processor and memory/ })).toContainText('1 CPU,');

  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: 'Start in another way…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(/^Paused/).click();
  await dialog.getByRole('button', { name: 'Start' }).click();
  await expect(row(page, 'demo', 'Paused')).toBeVisible();
  await button(page, 'Resume').click();
  await expect(row(page, 'demo', 'Running')).toBeVisible();

  await set('Virtual CPUs now', '4');
  await expect(page.getByText('At most 3 while it runs.')).toBeVisible();
  await expect(button(page, 'Apply')).toBeDisabled();
  await set('Virtual CPUs now', '2');
  await button(page, 'Apply').click();
  await expect(button(page, 'Undo')).toHaveCount(0);
  expect((await app.sandbox.cli('vcpucount', 'demo', '--active', '--live')).stdout.trim()).toBe('2');

  await button(page, 'Turn it off When it crashes').click();
  await page.getByRole('option', { name: 'Keep it as it is' }).click();
  await expect(button(page, 'Keep it as it is When it crashes')).toBeVisible();
  expect((await app.sandbox.cli('dumpxml', 'demo', '--inactive')).stdout).toContain('<on_crash>preserve</on_crash>');
});

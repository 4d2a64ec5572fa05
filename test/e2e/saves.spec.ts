// A machine is saved and restored from its window, and goes on where it was; another CD is put in while it runs.
import { writeFile } from 'node:fs/promises';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { button, expect, row, serialSays, startDemo, tab, test } from './fixtures.ts';

test('the demo guest is saved by the menu, shown as saved, restored by the button, and counts on', async ({
  page,
  app,
}) => {
  await startDemo(page);
  await serialSays(page, 'demo', 'MARK=$((100 + 23)); echo mark $MARK', 'mark 123');
  // so small a guest is saved in the time between two looks
  const progress = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const look = (): void => {
          const text = document.querySelector('.job-banner')?.textContent;
          if (text) resolve(text);
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
      }),
  );
  await button(page, 'More actions').click();
  await page.getByRole('menuitem', { name: /^Save(?! to)/ }).click();
  await expect(row(page, 'demo', 'Saved')).toBeVisible();
  expect(await progress).toMatch(/Saving memory.*Cancel/);
  await expect(page.getByText('Its state is saved. Restore it to go on where it was.')).toBeVisible();
  expect(app.sandbox.guests).toEqual([]);
  expect((await app.sandbox.cli('dominfo', 'demo')).stdout).toMatch(/Managed save:\s+yes/);

  await button(page, 'Restore').click();
  await expect(row(page, 'demo', 'Running')).toBeVisible();
  await serialSays(page, 'demo', 'echo still $MARK after all', 'still 123 after all');
  await expect(button(page, 'Restore')).toHaveCount(0);

  await button(page, /^Activity/).click();
  const activity = page.getByRole('region', { name: 'Activity' });
  await expect(activity).toContainText('Save demo');
  await expect(activity).toContainText('Start demo');
});

test('a medium is put into a drive, changed and ejected while the machine runs', async ({ page, app }) => {
  for (const name of ['first', 'second']) await writeFile(app.sandbox.path(`${name}.iso`), Buffer.alloc(1024 * 1024));
  const drive = "<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>";
  await writeFile(app.sandbox.path('a.xml'), tinyDomain({ name: 'web', devices: drive }));
  await app.sandbox.cli('define', app.sandbox.path('a.xml'));
  await row(page, 'web', 'Shut off').click();
  await button(page, 'Start').first().click();
  await expect(row(page, 'web', 'Running')).toBeVisible();

  await tab(page, 'Hardware').click();
  await page.getByRole('option', { name: /CD-ROM/ }).click();
  const pane = page.getByRole('region', { name: 'SATA CD-ROM (sda)', exact: true });
  const choose = async (label: string, name: string): Promise<void> => {
    await pane.getByRole('button', { name: label }).click();
    const picker = page.getByRole('dialog', { name: 'Medium for the drive sda' });
    const folder = picker.getByRole('textbox', { name: 'Folder' });
    await folder.fill(app.sandbox.path('.').replace(/\/\.?$/, ''));
    await folder.press('Enter');
    await picker.getByRole('option', { name: `${name}.iso` }).click();
    await picker.getByRole('button', { name: 'Choose' }).click();
    await expect(pane).toContainText(app.sandbox.path(`${name}.iso`));
  };
  const inside = async (...flags: string[]): Promise<string> =>
    (await app.sandbox.cli('domblklist', 'web', ...flags)).stdout;

  await choose('Insert medium…', 'first');
  expect(await inside()).toMatch(/sda\s+\S+first\.iso/);
  await choose('Change medium…', 'second');
  expect(await inside()).toMatch(/sda\s+\S+second\.iso/);
  expect(await inside('--inactive')).toMatch(/sda\s+\S+second\.iso/);
  await pane.getByRole('button', { name: 'Eject' }).click();
  await expect(pane.getByRole('button', { name: 'Insert medium…' })).toBeVisible();
  expect(await inside()).toMatch(/sda\s+-/);
});

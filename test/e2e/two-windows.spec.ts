import { button, expect, row, serial, serialSays, startDemo, tab, test } from './fixtures.ts';

test('two windows see each other’s changes, share the serial console, and the command line sees the same', async ({
  page,
  app,
}) => {
  const second = await app.open({ width: 900, height: 600 });
  await expect(button(second, 'Try the demo guest')).toBeVisible();
  await startDemo(page);
  await row(second, 'demo', 'Running').click();
  await button(second, 'Pause')
    .or(second.getByRole('menuitem', { name: 'Pause' }))
    .first()
    .click();
  await expect(row(page, 'demo', 'Paused')).toBeVisible();
  expect((await app.sandbox.cli('domstate', 'demo')).stdout.trim()).toBe('paused');
  await app.sandbox.cli('resume', 'demo');
  await expect(row(page, 'demo', 'Running')).toBeVisible();
  await expect(row(second, 'demo', 'Running')).toBeVisible();

  await tab(second, 'Serial').click();
  await serialSays(second, 'demo', 'echo typed in the $((1 + 1))nd window', 'typed in the 2nd window');
  await expect(serial(page, 'demo')).toContainText('typed in the 2nd window');

  await app.sandbox.cli('destroy', 'demo');
  await app.sandbox.cli('undefine', 'demo');
  await expect(row(page, 'demo')).toHaveCount(0);
  await expect(row(second, 'demo')).toHaveCount(0);
});

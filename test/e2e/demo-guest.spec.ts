import {
  button,
  expect,
  forceOff,
  readScreen,
  row,
  serial,
  serialSays,
  shell,
  startDemo,
  tab,
  test,
} from './fixtures.ts';

test('the demo guest answers typed commands on both consoles and shuts down by ACPI', async ({ page }) => {
  await startDemo(page);
  await serialSays(page, 'demo', 'echo $((6 * 7)) is the answer', '42 is the answer');

  await tab(page, 'Console').click();
  const screen = page.getByRole('application', { name: 'Screen of demo' });
  await expect.poll(async () => (await readScreen(page, 'demo')).shares.length).toBeGreaterThan(1);
  const { width, height } = await readScreen(page, 'demo');
  expect([width, height]).toEqual([720, 400]);
  const before = await readScreen(page, 'demo');
  await screen.click();
  // The screen's shell writes to the serial port: so the keys went through the screen's own keyboard. Shift is held as a person holds it, because
  // the guest gets keys and not letters.
  await page.keyboard.type('dd if=/proc/version of=/dev/tty');
  await page.keyboard.press('Shift+KeyS');
  await page.keyboard.type('0\n');
  await expect.poll(async () => (await readScreen(page, 'demo')).shares[0]?.[1]).not.toBe(before.shares[0]?.[1]);
  await tab(page, 'Serial').click();
  await expect(serial(page, 'demo')).toContainText('Linux version');

  await button(page, 'Shut down').click();
  await expect(row(page, 'demo', 'Shut off')).toBeVisible();
  await expect(button(page, 'Start').first()).toBeEnabled();
});

test('a guest pauses, resumes, reboots and is forced off from the window, and its console comes back by itself', async ({
  page,
  app,
}) => {
  await startDemo(page);
  await button(page, 'Pause').click();
  await expect(row(page, 'demo', 'Paused')).toBeVisible();
  await button(page, 'Resume').click();
  await expect(row(page, 'demo', 'Running')).toBeVisible();
  await serialSays(page, 'demo', 'echo still $((1 + 1)) here', 'still 2 here');

  // What the last boot printed must not be taken for this one's.
  await button(page, 'Clear the scrollback').click();
  await expect(serial(page, 'demo')).not.toContainText('vivarium-demo ready');
  await button(page, 'Reboot').click();
  await expect(serial(page, 'demo')).toContainText(/vivarium-demo ready[\s\S]*demo:~#/);
  await serialSays(page, 'demo', 'echo back $((2 + 2)) again', 'back 4 again');

  await forceOff(page, 'demo');
  expect(app.sandbox.guests).toEqual([]);

  await button(page, 'Start').first().click();
  await expect(serial(page, 'demo')).toContainText('demo:~#');
});

test('a reload and a crash of the engine find the guest running, with its console', async ({ page, app }) => {
  await startDemo(page);
  await serialSays(page, 'demo', 'MARK=$((100 + 23))', 'demo:~#');
  await page.reload();
  await expect(row(page, 'demo', 'Running')).toBeVisible();
  await tab(page, 'Serial').click();
  await serialSays(page, 'demo', 'echo mark is $MARK', 'mark is 123');

  const [guest] = app.sandbox.guests;
  await app.crash();
  if (shell === 'browser') await page.close();
  const next = await app.open();
  await row(next, 'demo', 'Running').click();
  await tab(next, 'Serial').click();
  await serialSays(next, 'demo', 'echo after all $MARK', 'after all 123');
  // The new engine tries KVM with a QEMU of its own for a moment.
  await expect.poll(() => app.sandbox.guests.map(({ pid }) => pid)).toEqual([guest?.pid]);
});

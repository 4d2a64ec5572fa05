// A disk is copied and merged while its machine runs: how far it is shows on the machine's page and in the list of activity, whoever began it, and both ends are a button.
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { type App, button, expect, row, tab, test } from './fixtures.ts';

const MIB = 1024 * 1024;

/** A running machine 'web': 64 MiB of writes in the image below, none in the top one. */
async function startWeb({ sandbox }: App): Promise<void> {
  const [base, top] = [sandbox.path('base.raw'), sandbox.path('top.qcow2')];
  await writeFile(base, Buffer.alloc(64 * MIB, 7));
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', top]);
  const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${top}'/><target dev='vda' bus='virtio'/></disk>`;
  await writeFile(sandbox.path('web.xml'), tinyDomain({ name: 'web', devices: disk }));
  for (const args of [
    ['define', sandbox.path('web.xml')],
    ['start', 'web', '--paused'],
  ])
    await sandbox.said(...args);
}

test('a copy shows how far it is, waits when it is complete, and the machine goes on with it by a button', async ({
  page,
  app,
}) => {
  await startWeb(app);
  await row(page, 'web', 'Paused').click();
  await tab(page, 'Overview').click();
  const copy = app.sandbox.path('copy.qcow2');
  await app.sandbox.said('blockcopy', 'web', 'vda', copy, '4', '--transient-job');

  const job = page.getByRole('region', { name: 'Copying vda' });
  await expect(job).toContainText(/^Copying vda\d+ % · .* MiB left at .*\/s · about \d+ s/);
  const bar = job.getByRole('progressbar');
  const first = Number(await bar.getAttribute('aria-valuenow'));
  await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow'))).toBeGreaterThan(first);
  await expect(button(page, 'Activity (1)')).toBeVisible();

  await app.sandbox.said('blockjob', 'web', 'vda', '--bandwidth', '1000');
  const ready = page.getByRole('article', { name: 'web' });
  await expect(ready).toContainText('The copy of vda is complete');
  await expect(ready).toContainText(copy);
  await button(page, 'Switch to the copy').click();
  await expect(button(page, 'Switch to the copy')).toHaveCount(0);
  await expect(page.getByText('web uses the copy of vda now')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Disks' })).toContainText(copy);
  expect(await app.sandbox.said('domblklist', 'web')).toMatch(/vda\s+\S+copy\.qcow2/);
});

test('a merge is seen and cancelled in the list of activity', async ({ page, app }) => {
  await startWeb(app);
  await expect(row(page, 'web', 'Paused')).toBeVisible();
  await app.sandbox.said('blockpull', 'web', 'vda', '1');
  await button(page, 'Activity (1)').click();
  const activity = page.getByRole('region', { name: 'Activity' });
  await expect(activity).toContainText(/web: merging the images below vda into it.*\d+ % · .* MiB left/);
  await activity.getByRole('button', { name: /^Cancel web: merging/ }).click();
  await expect(activity).not.toContainText('merging');
  await expect(button(page, 'Activity')).toBeVisible();
  expect(await app.sandbox.said('blockjob', 'web', 'vda')).toMatch(/No current block job/);
});

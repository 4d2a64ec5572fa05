// Copies that meet: of two disks of a domain, of two domains that want the same file, and one whose pivot was taken back. In a real QEMU; contents are compared by qemu-io.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { resolvePaths } from '../../src/engine/client.ts';
import { Monitor } from '../../src/engine/qemu/monitor.ts';
import { guestWrites } from '../helpers/disk-writes.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { changeEngines, client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();

/** `npm test` tries a few; a race that is lost once in ten shows in most runs of many. */
const ROUNDS = Number(process.env.VIVARIUM_ROUNDS ?? 4);
const file = (name: string): string => sandbox.path(`${name}.qcow2`);
const diskOf = (image: string, target: string): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${file(image)}'/><target dev='${target}' bus='virtio'/></disk>`;
const holds = async (name: string, pattern: number, at: string): Promise<boolean> => {
  const read = execa('qemu-io', ['-r', '-U', '-c', `read -P ${pattern} ${at} 1M`, file(name)], { reject: false });
  return !(await read).failed;
};
const copy = (domain: string, disk: string, to: string) =>
  client.call('domain.blockCopy', { domain, disk, destination: file(to), transientJob: true });
const abort = (domain: string, disk: string) => client.call('domain.blockJobAbort', { domain, disk });
const inStep = (domain: string, count = 1) =>
  sandbox.until(async () => {
    const { blockJobs = [] } = await client.call('domain.lookup', { domain });
    return blockJobs.filter(({ isReady }) => isReady).length === count;
  }, 'copies to be in step');

/** A paused domain with a disk of the pattern 7 for each target. */
async function startWith(domain: string, ...targets: readonly string[]): Promise<void> {
  for (const target of targets) {
    const name = `${domain}-${target}`;
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', file(name), '16M']);
    await execa('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 4M', file(name)]);
  }
  const devices = targets.map((target) => diskOf(`${domain}-${target}`, target)).join('');
  await client.call('domain.define', { xml: tinyDomain({ name: domain, devices }) });
  await client.call('domain.start', { domain, paused: true });
}

it('a copy of one disk that becomes ready while that of another begins is known as ready, and kept', async () => {
  await startWith('web', 'vda', 'vdb');
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const disk of ['vda', 'vdb']) await copy('web', disk, `${disk}-${round}`);
    await inStep('web', 2);
    expect((await client.xml('web')).match(/ready='yes'/g), `round ${round}`).toHaveLength(2);
    for (const disk of ['vdb', 'vda']) await abort('web', disk);
    for (const disk of ['vda', 'vdb']) expect(await holds(`${disk}-${round}`, 7, '3M')).toBe(true);
  }
});

it('of two domains that copy to one new file one gets it, and nobody removes it', async () => {
  for (const domain of ['web', 'db']) await startWith(domain, 'vda');
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = ['web', 'db'].map((domain) => copy(domain, 'vda', `copy-${round}`));
    const results = await Promise.allSettled(begun);
    const winners = ['web', 'db'].filter((_, at) => results[at]?.status === 'fulfilled');
    expect(winners, `round ${round}`).toHaveLength(1);
    await inStep(winners[0] ?? '');
    await abort(winners[0] ?? '', 'vda');
    expect(await holds(`copy-${round}`, 7, '3M')).toBe(true);
  }
});

/** What an engine leaves that dies between the record of an abort and its cancel, where a pivot was asked for before. */
async function abortBehindPivot(): Promise<void> {
  const { runtimeDir, statusDir } = resolvePaths(sandbox.env);
  const runs = join(runtimeDir, 'd');
  const monitor = await Monitor.open({
    path: join(runs, readdirSync(runs)[0] ?? '', 'monitor.sock'),
    timeoutMs: 30_000,
  });
  try {
    const [job] = await monitor.execute('query-jobs');
    await monitor.execute('job-complete', { id: job?.id });
    const isPending = async () => (await monitor.execute('query-jobs'))[0]?.status === 'pending';
    await sandbox.until(isPending, 'QEMU to wait for job-finalize');
  } finally {
    monitor.close();
  }
  const path = join(statusDir, readdirSync(statusDir).find((name) => name.endsWith('.json')) ?? '');
  const status = JSON.parse(readFileSync(path, 'utf8')) as { blockJobs: object[] };
  status.blockJobs = status.blockJobs.map((job) => ({ ...job, state: 'aborting', pivots: true }));
  writeFileSync(path, JSON.stringify(status));
}

it('a pivot that QEMU was asked for, and that was taken back, is not made: the guest writes on where the next start reads', async () => {
  await startWith('web', 'vda');
  await copy('web', 'vda', 'copy');
  await inStep('web');
  await guestWrites({ client }, 4, '4M');
  await changeEngines(abortBehindPivot);
  await sandbox.until(async () => !(await client.call('domain.lookup', { domain: 'web' })).blockJobs, 'the job to end');
  await guestWrites({ client }, 5, '5M');
  for (const inactive of [false, true]) expect(await client.xml('web', inactive)).toContain(`'${file('web-vda')}'`);
  await client.call('domain.destroy', { domain: 'web' });
  expect([await holds('web-vda', 4, '4M'), await holds('web-vda', 5, '5M')]).toEqual([true, true]);
  // It is whole, of that moment.
  expect(existsSync(file('copy'))).toBe(true);
  expect([await holds('copy', 4, '4M'), await holds('copy', 5, '5M')]).toEqual([true, false]);
});

// The images of a running domain's disks, in a real QEMU: another size, and what is moved between the layers of a chain. No guest is needed: what one would write is
// written through QEMU's own monitor. Contents are compared by qemu-img, which knows nothing of us.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { guestWrites as writeAsGuest } from '../helpers/disk-writes.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { changeEngines, client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();

const MIB = 1024 * 1024;
const domain = 'web';
const on = (disk: string) => ({ domain, disk });
const file = (name: string): string => sandbox.path(`${name}.qcow2`);
const info = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse((await execa('qemu-img', ['info', '-U', '--output=json', path])).stdout) as Record<string, unknown>;
const fill = (path: string, pattern: number, from: string, size: string) =>
  execa('qemu-io', ['-f', 'qcow2', '-c', `write -P ${pattern} ${from} ${size}`, path]);
/** Fails where the bytes are others. */
const holds = (path: string, pattern: number, from: string, size: string) =>
  execa('qemu-io', ['-r', '-U', '-c', `read -P ${pattern} ${from} ${size}`, path]).then(({ stdout }) =>
    expect(stdout).not.toContain('Pattern verification failed'),
  );
const guestWrites = (pattern: number, at: string): Promise<void> => writeAsGuest({ client }, pattern, at);
const chain = (xml: string): string[] =>
  [...xml.matchAll(/<source file='[^']*\/(\w+)\.\w+'/g)].map(([, name]) => name ?? '');
const said = (...args: readonly string[]): Promise<string> => sandbox.said(...args);
const stored = async (): Promise<string[]> => chain(await client.xml(domain, true));
const running = async (): Promise<string[]> => chain(await client.xml(domain));
const job = async () => (await client.call('domain.blockJobInfo', on('vda'))).job;
const ready = (type: string, name: string) => client.hears('block-job', `${type} for ${file(name)} ready`);
const completed = (type: string, name: string) => client.hears('block-job', `${type} for ${file(name)} completed`);
const nodes = async (): Promise<string[]> => {
  const command = JSON.stringify({ execute: 'query-named-block-nodes', arguments: { flat: true } });
  const { reply } = await client.call('domain.monitorCommand', { domain, command });
  const found = (reply as { return?: { 'node-name': string }[] }).return ?? (reply as { 'node-name': string }[]);
  return found.map((node) => node['node-name']).sort();
};

/** base (pattern 1 in all of it), mid over it (2 in its second MiB), top over that (3 in its third). */
async function startChain(more = ''): Promise<void> {
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', file('base'), '16M']);
  await fill(file('base'), 1, '0', '16M');
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', file('mid')]);
  await fill(file('mid'), 2, '1M', '1M');
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', file('mid'), '-F', 'qcow2', file('top')]);
  await fill(file('top'), 3, '2M', '1M');
  const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${file('top')}'/><target dev='vda' bus='virtio'/></disk>`;
  await client.call('domain.define', { xml: tinyDomain({ name: domain, devices: `${disk}${more}` }) });
  await client.call('domain.start', { domain, paused: true });
}

/** What the guest sees is what it was, whatever it lies in. */
async function expectContent(path: string): Promise<void> {
  await holds(path, 1, '0', '1M');
  await holds(path, 2, '1M', '1M');
  await holds(path, 3, '2M', '1M');
  await holds(path, 1, '3M', '13M');
}

/** The header's extension that says the format of the image below becomes one that nobody knows. */
async function forgetBackingFormat(path: string): Promise<void> {
  const image = await readFile(path);
  let at = image.readUInt32BE(100);
  while (image.readUInt32BE(at) !== 0xe2792aca) at += 8 + Math.ceil(image.readUInt32BE(at + 4) / 8) * 8;
  image.writeUInt32BE(0x12345678, at);
  await writeFile(path, image);
}

describe('a chain of images', () => {
  it('is told of layer by layer while the domain runs, and is no pending change', async () => {
    await startChain();
    expect(await running()).toEqual(['top', 'mid', 'base']);
    expect(await client.xml(domain)).toMatch(/<backingStore type='file' index='\d+'>/);
    expect(await stored()).toEqual(['top']);
    expect((await client.call('domain.pendingChanges', { domain })).changes).toEqual([]);
    expect((await client.call('domain.lookup', { domain })).hasNewDefinition ?? false).toBe(false);
  });

  it('whose image below is missing, or has no said format, stops the start with the way out', async () => {
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', file('base'), '16M']);
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', file('top')]);
    const disk = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${file('top')}'/><target dev='vda' bus='virtio'/></disk>`;
    await client.call('domain.define', { xml: tinyDomain({ name: domain, devices: disk }) });
    await execa('mv', [file('base'), file('away')]);
    expect(await client.code('domain.start', { domain })).toBe('NO_STORAGE_VOL');
    await execa('mv', [file('away'), file('base')]);
    // As an old qemu-img made it: without the format.
    await execa('qemu-img', ['amend', '-q', '-o', 'compat=v3', file('top')], { reject: false });
    await forgetBackingFormat(file('top'));
    const { stderr } = await sandbox.cli('start', domain);
    expect(stderr).toMatch(/the format of the backing file .*base.qcow2 is not said .* qemu-img rebase -u -F/);
  });
});

describe('blockresize', () => {
  it('gives a disk another size, in virsh’s words', async () => {
    await startChain("<disk type='file' device='cdrom'><target dev='sda' bus='sata'/></disk>");
    expect(await sandbox.cli('blockresize', domain, 'vda', '20M')).toMatchObject({
      code: 0,
      stdout: "Block device 'vda' is resized\n\n",
    });
    expect((await info(file('top')))['virtual-size']).toBe(20 * MIB);
    await sandbox.cli('blockresize', domain, file('top'), '--size', '20481');
    expect((await info(file('top')))['virtual-size']).toBe(20481 * 1024);
    await sandbox.cli('blockresize', domain, 'vda', '20971600b');
    expect((await info(file('top')))['virtual-size']).toBe(20 * MIB + 512); // in sectors
    const { stderr } = await sandbox.cli('blockresize', domain, 'sda', '1G');
    expect(stderr).toBe(
      "error: Failed to resize block device 'sda'\nerror: can't resize empty or readonly disk 'sda'\n",
    );
    expect(await client.code('domain.blockResize', { ...on('vda'), capacity: true })).toBe('OPERATION_INVALID');
    expect(await client.code('domain.blockResize', { ...on('vdz'), sizeBytes: MIB })).toBe('INVALID_ARG');
    await client.call('domain.destroy', { domain });
    expect(await client.code('domain.blockResize', { ...on('vda'), sizeBytes: MIB })).toBe('OPERATION_INVALID');
  });
});

describe('blockpull', () => {
  it('takes all that lies below into the top image', async () => {
    await startChain();
    const { stdout, stderr } = await sandbox.cli('blockpull', domain, 'vda', '--wait', '--verbose');
    expect(stderr).toContain('Block Pull: [100 %]');
    expect(stdout.trim()).toBe('Pull complete');
    expect(await running()).toEqual(['top']);
    expect(await info(file('top'))).not.toHaveProperty('backing-filename');
    expect((await nodes()).filter((name) => name.startsWith('libvirt'))).toHaveLength(2);
    await client.call('domain.destroy', { domain });
    await expectContent(file('top'));
    await client.call('domain.start', { domain });
  });

  it('takes what lies above a base, and names that in the image’s header, relative where it is asked', async () => {
    await startChain();
    await client.call('domain.blockPull', { ...on('vda'), base: file('base'), keepRelative: true });
    await completed('Block Pull', 'top');
    expect(await running()).toEqual(['top', 'base']);
    expect(await info(file('top'))).toMatchObject({
      'backing-filename': 'base.qcow2',
      'backing-filename-format': 'qcow2',
    });
    await client.call('domain.destroy', { domain });
    await expectContent(file('top'));
  });
});

describe('blockcommit', () => {
  it('writes a layer into the one below it, and removes its file', async () => {
    await startChain();
    expect(await client.code('domain.blockCommit', on('vda'))).toBe('INVALID_ARG');
    expect(await said('blockcommit', domain, 'vda', '--top', file('mid'), '--delete', '--wait')).toBe(
      'Commit complete',
    );
    expect(await running()).toEqual(['top', 'base']);
    expect(await info(file('top'))).toMatchObject({ 'backing-filename': file('base') });
    expect(existsSync(file('mid'))).toBe(false);
    await holds(file('base'), 2, '1M', '1M');
    await client.call('domain.destroy', { domain });
    await expectContent(file('top'));
  });

  it('of the top image is in step with the guest until the pivot; the next start uses what it was committed to', async () => {
    await startChain();
    expect(await said('blockcommit', domain, 'vda', '--active', '--wait')).toBe('Now in synchronized phase');
    expect(await job()).toMatchObject({ type: 'active-commit', isReady: true });
    expect(await client.xml(domain)).toMatch(/<mirror type='file' job='active-commit' ready='yes'>/);
    await guestWrites(4, '4M');
    // What would change the disk under the job is refused.
    expect(await client.code('domain.blockPull', on('vda'))).toBe('RESOURCE_BUSY');
    expect(await client.code('domain.managedSave', { domain })).toBe('OPERATION_INVALID');
    expect(await client.code('domain.detachDevice', { domain, xml: "<disk><target dev='vda'/></disk>" })).not.toBe(
      'done',
    );
    await client.call('domain.blockJobAbort', { ...on('vda'), pivot: true });
    expect(await running()).toEqual(['base']);
    expect(await stored()).toEqual(['base']);
    expect(await job()).toBeUndefined();
    expect((await nodes()).filter((name) => name.startsWith('libvirt'))).toHaveLength(2);
    await guestWrites(5, '5M');
    await client.call('domain.destroy', { domain });
    await holds(file('base'), 4, '4M', '1M');
    await holds(file('base'), 5, '5M', '1M');
    await client.call('domain.start', { domain });
    expect(await running()).toEqual(['base']);
  });

  it('whose overlay is kept leaves the disk as it was', async () => {
    await startChain();
    expect(await said('blockcommit', domain, 'vda', '--shallow', '--keep-overlay')).toBe(
      'Commit complete, overlay image kept',
    );
    expect(await running()).toEqual(['top', 'mid', 'base']);
    expect(await stored()).toEqual(['top']);
    await holds(file('mid'), 3, '2M', '1M');
  });
});

describe('blockcopy', () => {
  it('is for who knows that a shut-off ends it; a pivot makes the copy the disk', async () => {
    await startChain();
    const copy = file('copy');
    expect(await client.code('domain.blockCopy', { ...on('vda'), destination: copy })).toBe('OPERATION_INVALID');
    expect(existsSync(copy)).toBe(false);
    expect(await said('blockcopy', domain, 'vda', copy, '--transient-job', '--wait')).toBe('Now in mirroring phase');
    await guestWrites(4, '4M');
    expect((await sandbox.cli('blockjob', domain, 'vda', '--pivot')).code).toBe(0);
    expect([await running(), await stored()]).toEqual([['copy'], ['copy']]);
    await client.call('domain.destroy', { domain });
    await holds(copy, 4, '4M', '1M');
    await holds(copy, 2, '1M', '1M');
    await client.call('domain.start', { domain });
  });

  it('of the top image alone shares what lies below', async () => {
    await startChain();
    expect(await said('blockcopy', domain, 'vda', file('copy'), '--shallow', '--transient-job', '--pivot')).toBe(
      'Successfully pivoted',
    );
    expect(await running()).toEqual(['copy', 'mid', 'base']);
    expect(await info(file('copy'))).toMatchObject({ 'backing-filename': file('mid') });
    await guestWrites(4, '4M');
    await client.call('domain.destroy', { domain });
    await holds(file('copy'), 4, '4M', '1M');
    await holds(file('copy'), 3, '2M', '1M');
    await holds(file('copy'), 1, '3M', '1M');
    expect(Number((await info(file('copy')))['actual-size'])).toBeLessThan(4 * MIB);
    await client.call('domain.start', { domain });
  });

  it('that is finished without a pivot is a whole image of that moment', async () => {
    await startChain();
    expect(await said('blockcopy', domain, 'vda', file('copy'), '--transient-job', '--finish')).toBe(
      'Successfully copied',
    );
    expect([await running(), await stored()]).toEqual([['top', 'mid', 'base'], ['top']]);
    await guestWrites(4, '4M');
    await expectContent(file('copy'));
  });

  it('that is given up halfway leaves no half of it', async () => {
    await startChain();
    const copy = { ...on('vda'), destination: file('copy'), transientJob: true };
    await client.call('domain.blockCopy', { ...copy, bandwidth: MIB });
    expect(existsSync(file('copy'))).toBe(true);
    expect((await sandbox.cli('blockjob', domain, 'vda', '--pivot')).stderr).toContain('not ready for pivot yet');
    await client.call('domain.blockJobAbort', on('vda'));
    expect(existsSync(file('copy'))).toBe(false);
    await client.call('domain.blockCopy', copy);
    await ready('Block Copy', 'top');
  });

  it('to a place that can’t be leaves nothing behind', async () => {
    await startChain();
    const there = { ...on('vda'), transientJob: true };
    expect(await client.code('domain.blockCopy', { ...there, destination: sandbox.path('none/copy') })).toBe(
      'OPERATION_FAILED',
    );
    expect(await client.code('domain.blockCopy', { ...there, destination: file('mid') })).toBe('INVALID_ARG');
    expect(await job()).toBeUndefined();
    expect(await client.xml(domain)).not.toContain('<mirror');
    expect((await nodes()).filter((name) => name.startsWith('libvirt'))).toHaveLength(6);
  });
});

describe('blockjob', () => {
  it('tells how far it is, sets its speed and ends it', async () => {
    await startChain();
    expect(await said('blockjob', domain, 'vda')).toBe('No current block job for vda');
    expect(await said('blockpull', domain, 'vda', '1')).toBe('Block Pull started');
    expect(await said('blockjob', domain, 'vda', '--info')).toMatch(
      /^Block Pull: \[ *\d+ %\] {4}Bandwidth limit: 1048576 bytes\/s \(1\.000 MiB\/s\)$/,
    );
    expect((await sandbox.cli('blockjob', domain, 'vda', '2')).code).toBe(0);
    expect(await said('blockjob', domain, 'vda', '--raw', '--bytes')).toMatch(
      /^ type=Block Pull\n bandwidth=2097152\n cur=\d+\n end=\d+$/,
    );
    expect((await sandbox.cli('blockjob', domain, 'vda', '--pivot')).stderr).toContain('does not support pivot');
    expect((await sandbox.cli('blockjob', domain, 'vda', '--abort')).code).toBe(0);
    await client.hears('block-job', `Block Pull for ${file('top')} canceled`);
    expect(await job()).toBeUndefined();
    expect(await running()).toEqual(['top', 'mid', 'base']);
    const late = await sandbox.cli('blockpull', domain, 'vda', '1', '--wait', '--timeout', '1');
    expect([late.code, late.stderr]).toEqual([6, 'error: Pull aborted\n']);
    await client.call('domain.destroy', { domain });
    await expectContent(file('top'));
  });
});

describe('a job on a disk', () => {
  it('is part of what the domain is, from its begin to its end', async () => {
    await startChain();
    const jobs = async () => (await client.call('domain.lookup', { domain })).blockJobs;
    const copy = { type: 'copy', target: 'vda', destination: file('copy') };
    const transientJob = true;
    await client.call('domain.blockCopy', { ...on('vda'), destination: file('copy'), transientJob, bandwidth: MIB });
    expect(await jobs()).toEqual([{ ...copy, isReady: false }]);
    await client.call('domain.blockJobSetSpeed', { ...on('vda'), bandwidth: 0 });
    await ready('Block Copy', 'top');
    expect(await jobs()).toEqual([{ ...copy, isReady: true }]);
    await client.call('domain.blockJobAbort', { ...on('vda'), pivot: true });
    expect(await jobs()).toBeUndefined();
  });
});

describe('a person who waits', () => {
  it('and presses Ctrl+C aborts the job', async () => {
    await startChain();
    const child = sandbox.spawnCli('blockpull', domain, 'vda', '1', '--wait', '--verbose');
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stderr?.once('data', resolve)); // it shows how far it is
    child.kill('SIGINT');
    expect(await ended).toBe(6);
    await client.hears('block-job', `Block Pull for ${file('top')} canceled`);
    expect(await job()).toBeUndefined();
  });
});

describe('an engine that is killed', () => {
  it('while a pull runs leaves it to the next one, which ends it', async () => {
    await startChain();
    await client.call('domain.blockPull', { ...on('vda'), bandwidth: MIB });
    await changeEngines();
    expect(await job()).toMatchObject({ type: 'pull', bandwidth: MIB });
    await client.call('domain.blockJobSetSpeed', { ...on('vda'), bandwidth: 0 });
    await completed('Block Pull', 'top');
    expect(await running()).toEqual(['top']);
    await client.call('domain.destroy', { domain });
    await expectContent(file('top'));
  });

  it('before a job’s end finds it ended', async () => {
    await startChain();
    await client.call('domain.blockPull', { ...on('vda'), bandwidth: 8 * MIB });
    await changeEngines(() =>
      // QEMU alone: the engine that would have seen to the end is gone.
      sandbox.until(async () => !('backing-filename' in (await info(file('top')))), 'the pull to end'),
    );
    await sandbox.until(async () => (await running()).length === 1, 'the end to be seen to');
    expect(await job()).toBeUndefined();
    expect((await nodes()).filter((name) => name.startsWith('libvirt'))).toHaveLength(2);
    expect(await client.code('domain.blockPull', on('vda'))).toBe('done');
  });

  it('beside a copy in step with the guest: the next one can pivot to it', async () => {
    await startChain();
    await client.call('domain.blockCopy', { ...on('vda'), destination: file('copy'), transientJob: true });
    await ready('Block Copy', 'top');
    await changeEngines();
    expect(await job()).toMatchObject({ type: 'copy', isReady: true });
    await guestWrites(4, '4M');
    await client.call('domain.blockJobAbort', { ...on('vda'), pivot: true });
    expect([await running(), await stored()]).toEqual([['copy'], ['copy']]);
    await client.call('domain.destroy', { domain });
    await holds(file('copy'), 4, '4M', '1M');
  });
});

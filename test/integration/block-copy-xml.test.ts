// blockcopy with its destination as XML, in a real QEMU.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();

const domain = 'web';
async function startWithDisk(): Promise<void> {
  const path = sandbox.path('disk.qcow2');
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', path, '1M']);
  await execa('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 0 1M', path]);
  const devices = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${path}'/><target dev='vda' bus='virtio'/></disk>`;
  await client.call('domain.define', { xml: tinyDomain({ name: domain, devices }) });
  await client.call('domain.start', { domain, paused: true });
}
/** What it printed, or the last line of what went wrong. */
async function copy(xml: string, ...args: readonly string[]): Promise<string> {
  await writeFile(sandbox.path('to.xml'), xml);
  const { code, stdout, stderr } = await sandbox.cli(
    'blockcopy',
    domain,
    'vda',
    '--xml',
    sandbox.path('to.xml'),
    ...args,
  );
  return (code === 0 ? stdout : stderr).trim().split('\n').at(-1) ?? '';
}

describe('blockcopy --xml', () => {
  it('copies to the file and in the format that the XML says', async () => {
    await startWithDisk();
    const path = sandbox.path('copy.raw');
    const xml = `<disk type='file'><driver type='raw'/><source file='${path}'/></disk>`;
    expect(await copy(xml, '--transient-job', '--pivot')).toBe('Successfully pivoted');
    expect(await client.xml(domain)).toMatch(/<driver name='qemu' type='raw'\/>\s*<source file='[^']*copy\.raw'/);
    await client.call('domain.destroy', { domain });
    const { stdout } = await execa('qemu-io', ['-f', 'raw', '-r', '-c', 'read -P 7 0 1M', path]);
    expect(stdout).not.toContain('Pattern verification failed');
  });

  it('refuses what it can’t copy to, and leaves nothing', async () => {
    await startWithDisk();
    expect(await copy("<disk type='network'><source protocol='nbd' name='x'/></disk>", '--transient-job')).toBe(
      "error: a disk is copied to a file or a block device here, not to a source of type 'network'",
    );
    const xml = `<disk type='file'><source file='${sandbox.path('copy')}'/></disk>`;
    expect(await copy(xml, '--format', 'raw')).toBe('error: Options --format and --xml are mutually exclusive');
    expect(await copy(xml, '--dest', '/a')).toBe('error: Options --dest and --xml are mutually exclusive');
    expect(await copy(xml, '--print-xml')).toBe(xml);
    const none = await sandbox.cli('blockcopy', domain, 'vda', '--xml', sandbox.path('none'));
    expect(none.stderr).toContain('No such file or directory');
    expect((await client.call('domain.blockJobInfo', { domain, disk: 'vda' })).job).toBeUndefined();
    expect(existsSync(sandbox.path('copy'))).toBe(false);
  });

  it('is printed for a destination that is said without', async () => {
    const { stdout } = await sandbox.cli('blockcopy', domain, 'vda', '/a', '--format', 'qcow2', '--print-xml');
    expect(stdout.trim()).toBe("<disk type='file'>\n  <source file='/a'/>\n  <driver type='qcow2'/>\n</disk>");
  });
});

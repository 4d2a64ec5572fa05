// What the command line says of the host, against the host itself.
import { existsSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';

eachInSandbox();

describe('the host', () => {
  it('has the CPU models that its QEMU lists, and no other architecture', async () => {
    const { stdout: help } = await execa('qemu-system-x86_64', ['-cpu', 'help']);
    const known = new Set(help.split('\n').flatMap((line) => /^x86 (\S+)/.exec(line)?.[1] ?? []));
    const { stdout } = await sandbox.cli('cpu-models', 'x86_64');
    const names = stdout.trim().split('\n');
    expect(names.filter((name) => !known.has(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(['qemu64', 'Haswell-noTSX-IBRS', 'EPYC']));
    expect([...known].filter((name) => !names.includes(name) && !/-v\d+$|^(host|max)$/.test(name))).toEqual([]);
    const usable = (await sandbox.cli('hypervisor-cpu-models', '--virttype', 'qemu')).stdout.trim().split('\n');
    const all = (await sandbox.cli('hypervisor-cpu-models', '--all', 'qemu')).stdout.trim().split('\n');
    expect([usable.length < all.length, usable.filter((name) => !all.includes(name))]).toEqual([true, []]);
    expect(all).toEqual(names);
    const other = await sandbox.cli('cpu-models', 'bogus');
    expect([other.code, other.stderr.split('\n')[0]]).toEqual([1, 'error: failed to get CPU model names']);
  });

  it('tells what its firmware says, or that there is nothing', async () => {
    const vendor = '/sys/class/dmi/id/sys_vendor';
    const { code, stdout, stderr } = await sandbox.cli(
      'sysinfo',
      '--xpath',
      "//system/entry[@name='manufacturer']/text()",
    );
    if (existsSync(vendor)) expect([code, stdout.trim()]).toEqual([0, readFileSync(vendor, 'utf8').trim()]);
    else
      expect([code, stderr.trim()]).toEqual([
        1,
        'error: failed to get sysinfo\nerror: Host SMBIOS information is not available',
      ]);
  });

  it('has free pages by size and cell, in virsh’s words', async () => {
    const said = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await sandbox.cli(...args);
      return code === 0 ? stdout.trimEnd() : stderr.trim();
    };
    expect(await said('freepages', '--all')).toMatch(/^Node 0:\n4KiB: \d+\n2048KiB: \d+/);
    expect(await said('freepages', '0', '4')).toMatch(/^4KiB: \d+$/);
    expect(await said('freepages', '--cellno', '0', '--pagesize', '2M')).toMatch(/^2048KiB: \d+$/);
    expect(await said('freepages', '0', '7')).toBe('error: page size 7 is not available on node 0');
    expect(await said('freepages')).toBe('error: missing cellno argument');
    expect(await said('freepages', '0')).toBe('error: missing pagesize argument');
    expect(await said('freepages', '--all', '--cellno', '0')).toBe(
      'error: Options --all and --cellno are mutually exclusive',
    );
    expect(await said('freecell', '0')).toMatch(/^0: \d+ KiB$/);
    expect(await said('freecell', '77')).toMatch(/^error: start cell 77 out of range \(0-\d+\)$/);
    expect(await said('nodememstats', '0')).toMatch(/^total {2}: +\d+ KiB/);
  });
});

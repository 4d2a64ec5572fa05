// What the command line says of the host, against the host itself.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';

eachInSandbox();

const NODES = '/sys/devices/system/node';
const numbersIn = (dir: string, kind: RegExp): readonly number[] =>
  (existsSync(dir) ? readdirSync(dir) : [])
    .flatMap((name) => kind.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
/** A host that tells of no cells is one. */
const cellsOfHost = (): readonly number[] => {
  const cells = numbersIn(NODES, /^node(\d+)$/);
  return cells.length > 0 ? cells : [0];
};
/** KiB of each size of page: of x86-64 the plain one, and what the kernel tells of. */
function pagesOf(cell: number): readonly number[] {
  const dir = existsSync(`${NODES}/node${cell}`) ? `${NODES}/node${cell}/hugepages` : '/sys/kernel/mm/hugepages';
  return [4, ...numbersIn(dir, /^hugepages-(\d+)kB$/)];
}

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
    const cells = cellsOfHost();
    const [cell = 0] = cells;
    const all = cells.map((one) => [`Node ${one}:`, ...pagesOf(one).map((size) => `${size}KiB: FREE`)].join('\n'));
    expect((await said('freepages', '--all')).replace(/: \d+$/gm, ': FREE')).toBe(all.join('\n\n'));
    for (const size of pagesOf(cell)) {
      expect(await said('freepages', `${cell}`, `${size}`)).toMatch(new RegExp(`^${size}KiB: \\d+$`));
      expect(await said('freepages', '--cellno', `${cell}`, '--pagesize', `${size}KiB`)).toMatch(/^\d+KiB: \d+$/);
    }
    expect(await said('freepages', `${cell}`, '7')).toBe(`error: page size 7 is not available on node ${cell}`);
    expect(await said('freepages')).toBe('error: missing cellno argument');
    expect(await said('freepages', `${cell}`)).toBe('error: missing pagesize argument');
    expect(await said('freepages', '--all', '--cellno', '0')).toBe(
      'error: Options --all and --cellno are mutually exclusive',
    );
    expect(await said('freecell', `${cell}`)).toMatch(new RegExp(`^${cell}: \\d+ KiB$`));
    expect(await said('freecell', '7777')).toBe(`error: start cell 7777 out of range (0-${cells.at(-1)})`);
    expect(await said('nodememstats', `${cell}`)).toMatch(/^total {2}: +\d+ KiB/);
  });
});

import { describe, expect, it } from 'vitest';
import { catalog } from '../../../src/cli/commands.ts';
import { completeLine, completeWords, FILES } from '../../../src/cli/complete.ts';
import type { ContractClient } from '../../../src/common/contract/client.ts';

const domains = [
  { name: 'web', isActive: true },
  { name: 'my box', isActive: false },
];
const endpoints = {
  blocks: [{ target: 'vda' }, { target: 'sda' }],
  interfaces: [{ name: 'vnet0', mac: '52:54:00:11:22:33' }, { mac: '52:54:00:11:22:44' }],
};
const client = {
  call: async (procedure: string) => (procedure === 'domain.list' ? { domains } : endpoints),
} as unknown as ContractClient;
const complete = (...words: string[]) => completeWords(words, { catalog, connect: async () => client });

describe('completion', () => {
  it.each([
    [['domif-'], ['domif-setlink', 'domif-getlink']],
    [['start', ''], ['my box']],
    [['destroy', ''], ['web']],
    [
      ['dominfo', ''],
      ['web', 'my box'],
    ],
    [['dominfo', 'w'], ['web']],
    [
      ['dominfo', '--domain', ''],
      ['web', 'my box'],
    ],
    [
      ['domblkinfo', 'web', ''],
      ['vda', 'sda'],
    ],
    [['domblkinfo', '--domain', 'web', 's'], ['sda']],
    [
      ['domblkinfo', '--device', 'vda', ''],
      ['web', 'my box'],
    ],
    [
      ['domif-setlink', 'web', 'vnet0', ''],
      ['up', 'down'],
    ],
    [
      ['domif-setlink', 'web', ''],
      ['vnet0', '52:54:00:11:22:33', '52:54:00:11:22:44'],
    ],
    [
      ['detach-interface', 'web', 'bridge', '--mac', ''],
      ['vnet0', '52:54:00:11:22:33', '52:54:00:11:22:44'],
    ],
    [['define', ''], [FILES]],
    [
      ['shutdown', 'web', '--mode', ''],
      ['acpi', 'agent'],
    ],
    [
      ['shutdown', 'web', ''],
      ['acpi', 'agent'],
    ],
    [
      ['suspend', '--'],
      ['--domain', '--json', '--help'],
    ],
    [['suspend', '--json', '--j'], []],
    [['help', 'mon'], ['monitor']],
    [['nope', ''], []],
  ])('of %j is %j', async (words, expected) => {
    const found = await complete(...words);
    expect([...found].sort()).toEqual([...expected].sort());
  });

  it('in the shell is for the last command of the line, quoted where it must be', async () => {
    const line = (text: string) => completeLine(text, { catalog, connect: async () => client });
    expect(await line('list; start ')).toEqual([['"my box"'], '']);
    expect(await line('list; destroy w')).toEqual([['web'], 'w']);
    expect(await line('undefine --nvr')).toEqual([['--nvram'], '--nvr']);
    expect(await line('define ')).toEqual([[], '']);
  });

  it('asks no engine for what no engine knows', async () => {
    const offline = (...words: string[]) =>
      completeWords(words, { catalog, connect: () => Promise.reject(new Error('asked')) });
    expect(await offline('wait', 'web', '--state', 'run')).toEqual(['running']);
    await expect(offline('start', '')).rejects.toThrow('asked');
  });
});

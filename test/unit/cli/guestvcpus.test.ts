import { describe, expect, it } from 'vitest';
import { agentCommands } from '../../../src/cli/commands/agent.ts';
import { type CliContext, nameOf, type Options } from '../../../src/cli/context.ts';
import { formatCpuList, parseCpuList } from '../../../src/cli/cpu-list.ts';
import { createOutput } from '../../../src/cli/output.ts';

const vcpus = [
  { id: 0, online: true, canOffline: false },
  { id: 1, online: true, canOffline: true },
  { id: 2, online: false, canOffline: true },
];

async function run(words: readonly string[], options: Options = {}) {
  const calls: unknown[] = [];
  let said = '';
  const call = async (procedure: string, input: unknown): Promise<unknown> => {
    calls.push([procedure, input]);
    return procedure === 'agent.vcpus' ? { vcpus } : {};
  };
  const out = createOutput({ isJson: false, isQuiet: false, write: (text) => (said += text) });
  const spec = agentCommands.find((each) => nameOf(each) === 'guestvcpus');
  await spec?.run({ out, client: async () => ({ call }) } as unknown as CliContext, words, options);
  return { said, calls };
}

describe('guestvcpus', () => {
  it('tells what virsh tells', async () => {
    expect((await run(['web'])).said).toBe('vcpus          : 0-2\nonline         : 0-1\nofflinable     : 1-2\n');
  });

  it('switches those of its list', async () => {
    const { calls } = await run(['web', '1-2'], { disable: true });
    expect(calls).toEqual([['agent.setVcpus', { domain: 'web', ids: [1, 2], online: false }]]);
  });

  it.each<readonly [readonly string[], Options, string]>([
    [['web', '1'], {}, 'One of options --enable or --disable is required by option --cpulist'],
    [['web'], { enable: true }, 'Option --cpulist is required by option --enable'],
    [['web', '1'], { enable: true, disable: true }, 'mutually exclusive'],
    [['web', 'x'], { enable: true }, 'cpulist: Invalid format.'],
  ])('%j %j is refused', async (words, options, why) => {
    await expect(run(words, options)).rejects.toThrow(why);
  });
});

describe('a list of CPUs', () => {
  it.each([
    ['0-3,^2,8', [0, 1, 3, 8], '0-1,3,8'],
    ['5', [5], '5'],
    ['1,0', [0, 1], '0-1'],
  ])('%s is read and written', (text, cpus, again) => {
    expect(parseCpuList(text)).toEqual(cpus);
    expect(formatCpuList(cpus)).toBe(again);
  });

  it.each(['', 'x', '3-1', '1,,2', '-1', '1-'])("'%s' is none", (text) => expect(parseCpuList(text)).toBeUndefined());
});

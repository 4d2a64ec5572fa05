import { describe, expect, it } from 'vitest';
import { SHELL_SCRIPTS } from '../../../src/cli/commands/completion.ts';
import { formatCommand, formatTopic } from '../../../src/cli/commands/help.ts';
import { FAMILIES, findCommand, loadTopics } from '../../../src/cli/commands.ts';
import { type CommandSpec, nameOf } from '../../../src/cli/context.ts';
import { parseCommand } from '../../../src/cli/parse-command.ts';

const topics = await loadTopics();
const specs = topics.flatMap((topic) => topic.specs);

describe('the commands', () => {
  it('are found under the names that their files give them', async () => {
    for (const { names, load } of FAMILIES) expect((await load()).map(nameOf)).toEqual(names);
    expect(nameOf((await findCommand('domid')) as CommandSpec)).toBe('domid');
    expect(await findCommand('toString')).toBeUndefined();
  });

  it('have names of their own, and take only options that the parser understands', () => {
    expect(new Set(specs.map(nameOf)).size).toBe(specs.length);
    for (const spec of specs) {
      const required = (spec.usage.match(/<[^>]+>/g) ?? []).map(() => 'x');
      expect(parseCommand(spec, [...required, '--json']).options).toMatchObject({ json: true });
    }
  });
});

describe('the words of a command', () => {
  const screenshot: CommandSpec = {
    usage: 'screenshot <domain> [file]',
    summary: 'a picture',
    options: [
      ['--screen <id>', 'of this screen'],
      ['--quick', 'soon'],
    ],
    run: async () => undefined,
  };
  const parse = (...args: string[]) => parseCommand(screenshot, args);

  it.each([
    [['web']],
    [['--domain', 'web']],
    [['--domain=web']],
    [['--quick', 'web']],
    [['web', '--quick']],
    [['--screen', '1', 'web', '--json']],
  ])('%j names the domain', (args) => {
    expect(parse(...args).positional).toEqual(['web', undefined]);
  });

  it('fill what no option has filled, in order, as virsh fills them', () => {
    expect(parse('web', 'a.png').positional).toEqual(['web', 'a.png']);
    expect(parse('a.png', '--domain', 'web').positional).toEqual(['web', 'a.png']);
    expect(parse('--file', 'a.png', 'web').positional).toEqual(['web', 'a.png']);
    expect(parse('--', '--web').positional).toEqual(['--web', undefined]);
  });

  it.each([
    [[], "command 'screenshot' requires <domain> option"],
    [['a', 'b', 'c'], "unexpected data 'c'"],
    [['a', '--nope'], "command 'screenshot' doesn't support option --nope"],
    [['a', '--screen'], 'expected syntax: --screen <id>'],
  ])('%j are refused in virsh’s words', (args, message) => {
    expect(() => parse(...args)).toThrow(expect.objectContaining({ code: 'INVALID_ARG', message }));
  });

  it('are a list where there may be many', () => {
    const many = { ...screenshot, usage: 'send-key <domain> <keys...>' };
    expect(parseCommand(many, ['web', 'ctrl', 'c']).positional).toEqual(['web', ['ctrl', 'c']]);
    expect(parseCommand(many, ['ctrl', 'c', '--domain', 'web']).positional).toEqual(['web', ['ctrl', 'c']]);
    expect(() => parseCommand(many, ['web'])).toThrow("command 'send-key' requires <keys> option");
  });
});

describe('help', () => {
  it('groups commands by topic, in the order of their names', () => {
    expect(topics.map(({ keyword }) => keyword)).toEqual(['monitor', 'lifecycle', 'console', 'host']);
    const [head, ...lines] = formatTopic(topics[0] as (typeof topics)[number]);
    expect(head).toBe(" Domain Monitoring (help keyword 'monitor'):");
    expect(lines[0]).toBe('    domblklist                     list the disks of a domain');
    expect(lines.at(-1)).toBe('');
  });

  it('tells of one command what it takes', async () => {
    expect(formatCommand((await findCommand('start')) as CommandSpec).slice(0, 9)).toEqual([
      '  NAME',
      '    start - start a (previously defined) inactive domain',
      '',
      '  SYNOPSIS',
      '    start <domain> [--paused] [--no-kvm] [--json]',
      '',
      '  OPTIONS',
      '    [--domain] <domain>  domain name, id or uuid',
      '    --paused         leave the guest paused after its start',
    ]);
  });
});

describe('shell completion', () => {
  it.each(Object.keys(SHELL_SCRIPTS))('knows every command and its options in %s', (shell) => {
    const script = SHELL_SCRIPTS[shell]?.(specs) ?? '';
    for (const spec of specs) expect(script).toContain(nameOf(spec));
    for (const option of ['details', 'remove-all-storage', 'no-kvm']) expect(script).toContain(option);
  });

  it('offers to start what is off, and to destroy what runs', () => {
    const script = SHELL_SCRIPTS.bash?.(specs) ?? '';
    expect(script).toContain("start) options='--paused --no-kvm --domain --json' domains='list --name --inactive' ;;");
    expect(script).toContain("destroy) options='--graceful --domain --json' domains='list --name ' ;;");
    expect(script).toContain("dominfo) options='--domain --json' domains='list --name --all' ;;");
  });
});

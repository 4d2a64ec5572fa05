import { describe, expect, it } from 'vitest';
import { formatCommand, formatTopic } from '../../../src/cli/commands/help.ts';
import { FAMILIES, findCommand, loadTopics } from '../../../src/cli/commands.ts';
import { type CommandSpec, nameOf } from '../../../src/cli/context.ts';
import { formatManPage } from '../../../src/cli/man-page.ts';
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
    [['a', '--screen'], 'expected syntax: --screen <number>'],
    [['a', '--quick=1'], "invalid '=' after option --quick"],
    [['a', '--quick', '--quick'], 'option --quick already seen'],
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
  it('groups commands as virsh does, in the order of their names', () => {
    expect(topics.map(({ keyword }) => keyword)).toEqual(['domain', 'monitor', 'events', 'host', 'vivarium']);
    const [head, ...lines] = formatTopic(topics[1] as (typeof topics)[number]);
    expect(head).toBe(" Domain Monitoring (help keyword 'monitor'):");
    expect(lines[0]).toBe('    cpu-stats                      show domain cpu statistics');
    expect([...lines].sort()).toEqual(lines);
  });

  it('tells of one command what it takes', async () => {
    expect(formatCommand((await findCommand('suspend')) as CommandSpec)).toEqual([
      '  NAME',
      '    suspend - suspend a domain',
      '',
      '  SYNOPSIS',
      '    suspend <domain> [--json]',
      '',
      '  OPTIONS',
      '    [--domain] <domain>  domain name, id or uuid',
      '    --json           print JSON',
    ]);
  });
});

describe('the manual page', () => {
  const page = formatManPage(topics);
  const bare = page.replaceAll('\\-', '-');

  it('has every command, every option and every exit status', () => {
    for (const spec of specs) {
      expect(bare).toContain(`.SS ${nameOf(spec)}\n`);
      for (const [flags] of spec.options ?? []) expect(bare).toContain(`.B ${flags}\n`);
    }
    for (const status of ['3', '4', '5', '6', '7']) expect(bare).toContain(`.TP\n.B ${status}\n`);
  });

  it('has no line that groff would take for a request of its own', () => {
    const requests = /^\.(TH|SH|SS|TP|PP|B|br)( |$)/;
    for (const line of page.split('\n')) if (/^[.']/.test(line)) expect(line).toMatch(requests);
  });
});

describe('what a failure is called', () => {
  it('names only words that the command has', () => {
    for (const spec of specs)
      for (const [, name] of spec.failure?.matchAll(/<([a-z-]+)>/g) ?? [])
        expect([nameOf(spec), spec.usage]).toEqual([nameOf(spec), expect.stringMatching(new RegExp(`[<\\[]${name}`))]);
  });
});

// `help`: all commands by group, one group, or one command, in the form of virsh's (tools/vsh.c, cmdHelp); --man writes the manual page.
import { virError } from '../../common/errors.ts';
import { type CommandSpec, nameOf, type Topic, word } from '../context.ts';
import { describeSlot, GLOBAL_HELP, JSON_OPTION } from '../help-text.ts';
import { slotsOf } from '../slots.ts';

export const formatTopic = ({ title, keyword, specs }: Topic): string[] => [
  ` ${title} (help keyword '${keyword}'):`,
  ...[...specs]
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map((spec) => `    ${nameOf(spec).padEnd(30)} ${spec.summary}`),
];

const line = (left: string, right: string): string => `    ${left.padEnd(15)}  ${right}`.trimEnd();

export function formatCommand(spec: CommandSpec): string[] {
  const options = [...(spec.options ?? []), JSON_OPTION];
  const slots = slotsOf(spec.usage);
  return [
    '  NAME',
    `    ${nameOf(spec)} - ${spec.summary}`,
    '',
    '  SYNOPSIS',
    `    ${[spec.usage, ...options.map(([flags]) => `[${flags}]`)].join(' ')}`,
    '',
    ...(spec.description === undefined ? [] : ['  DESCRIPTION', `    ${spec.description}`, '']),
    '  OPTIONS',
    ...slots.map(({ name, isVariadic }) =>
      line(isVariadic ? `<${name}>...` : `[--${name}] <${name}>`, describeSlot(name)),
    ),
    ...options.map(([flags, description]) => line(flags, description)),
  ];
}

const overview = (all: readonly Topic[]): string[] => [
  'Grouped commands:',
  '',
  ...all.flatMap((topic) => [...formatTopic(topic), '']),
  '  (specify help <group> for details about the commands in the group)',
  '',
  '  (specify help <command> for details about the command)',
];

export const helpCommand: CommandSpec = {
  usage: 'help [command]',
  summary: 'print help',
  description: 'All commands by group, one group (by its keyword), or one command.',
  options: [
    ['--global', 'what may stand before a command'],
    ['--man', 'the manual page, in groff’s man format'],
  ],
  run: async ({ catalog, out }, positional, options) => {
    const all = await catalog.topics();
    if (options.man) {
      const page = (await import('../man-page.ts')).formatManPage(all);
      return out.result({ page }, [page]);
    }
    if (options.global)
      return out.result(GLOBAL_HELP, [
        'vivarium [options]... [<command_string>]',
        'vivarium [options]... <command> [args...]',
        '',
        ...GLOBAL_HELP.map(([flags, description]) => `    ${flags.padEnd(30)} ${description}`),
      ]);
    const wanted = word(positional);
    const spec = all.flatMap(({ specs }) => specs).find((candidate) => nameOf(candidate) === wanted);
    // A word may be both: as in virsh, the command comes first.
    if (spec) return out.result({ ...spec, name: nameOf(spec) }, formatCommand(spec));
    const chosen = wanted === '' ? all : all.filter(({ keyword }) => keyword === wanted);
    if (chosen.length === 0) throw virError('INVALID_ARG', `command or command group '${wanted}' doesn't exist`);
    const commands = chosen.flatMap(({ keyword, specs }) =>
      specs.map((command) => ({ name: nameOf(command), topic: keyword, ...command })),
    );
    out.result(commands, wanted === '' ? overview(all) : chosen.flatMap(formatTopic));
  },
};

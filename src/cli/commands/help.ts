// `help`: all commands by topic, one topic, or one command, in the form of virsh's (tools/vsh.c, cmdHelp).
import { virError } from '../../common/errors.ts';
import { type CommandSpec, nameOf, type Topic, word } from '../context.ts';
import { slotsOf } from '../slots.ts';

export const formatTopic = ({ title, keyword, specs }: Topic): string[] => [
  ` ${title} (help keyword '${keyword}'):`,
  ...[...specs]
    .sort((a, b) => nameOf(a).localeCompare(nameOf(b)))
    .map((spec) => `    ${nameOf(spec).padEnd(30)} ${spec.summary}`),
  '',
];

const JSON_OPTION = ['--json', 'print JSON'] as const;
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
    '  OPTIONS',
    ...slots.map(({ name, isVariadic }) =>
      line(
        isVariadic ? `<${name}>...` : `[--${name}] <${name}>`,
        name.startsWith('domain') ? 'domain name, id or uuid' : '',
      ),
    ),
    ...options.map(([flags, description]) => line(flags, description)),
    '',
  ];
}

export const helpCommand: CommandSpec = {
  usage: 'help [command]',
  summary: 'all commands by topic, one topic (by its keyword), or one command',
  run: async ({ topics, out }, positional) => {
    const all = await topics();
    const wanted = word(positional);
    const spec = all.flatMap(({ specs }) => specs).find((candidate) => nameOf(candidate) === wanted);
    // 'console' is both: as in virsh, the command comes first.
    if (spec) return out.result({ ...spec, name: nameOf(spec) }, formatCommand(spec));
    const chosen = wanted === '' ? all : all.filter(({ keyword }) => keyword === wanted);
    if (chosen.length === 0) throw virError('INVALID_ARG', `command or command group '${wanted}' doesn't exist`);
    const commands = chosen.flatMap(({ keyword, specs }) =>
      specs.map((command) => ({ name: nameOf(command), topic: keyword, ...command })),
    );
    out.result(commands, [...(wanted === '' ? ['Grouped commands:', ''] : []), ...chosen.flatMap(formatTopic)]);
  },
};

// The manual page vivarium(1), made of the same declarations as help and completion. groff's man macros; checked with `groff -man -ww`. Pure.

import { ERROR_CODES, type ErrorCode } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import { type CommandSpec, nameOf, type Topic } from './context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { describeSlot, GLOBAL_HELP, JSON_OPTION } from './help-text.ts';
import { slotsOf } from './slots.ts';

/** Backslashes, hyphens that are to be copied, and lines that would be requests. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', '\\(cq')
    .replaceAll('…', '...')
    .replace(/^(['.])/gm, '\\&$1');

const item = (head: string, text: string): string => `.TP\n.B ${roff(head)}\n${roff(text || head)}`;

function formatSpec(spec: CommandSpec): string {
  const options = [...(spec.options ?? []), JSON_OPTION];
  const synopsis = [spec.usage, ...options.map(([flags]) => `[${flags}]`)].join(' ');
  const words = slotsOf(spec.usage).map(({ name, isVariadic }) =>
    item(isVariadic ? `<${name}>...` : `[--${name}] <${name}>`, describeSlot(name) || `the ${name}`),
  );
  return [
    `.SS ${roff(nameOf(spec))}`,
    roff(`${spec.summary}.`.replace(/\.\.$/, '.')),
    ...(spec.description === undefined ? [] : ['.PP', roff(spec.description)]),
    '.PP',
    roff(synopsis),
    ...words,
    ...options.map(([flags, text]) => item(flags, text)),
  ].join('\n');
}

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ['0', 'success'],
  ['1', 'any failure that has no number of its own'],
  ...Object.entries(EXIT_CODES).map(([code, status]) => [String(status), ERROR_CODES[code as ErrorCode]] as const),
];

export function formatManPage(topics: readonly Topic[]): string {
  return [
    `.TH VIVARIUM 1 "" "Vivarium ${VERSION}" "User Commands"`,
    '.SH NAME',
    'vivarium \\- manage virtual machines of this user',
    '.SH SYNOPSIS',
    '.B vivarium',
    roff('[options]... [<command_string>]'),
    '.br',
    '.B vivarium',
    roff('[options]... <command> [args...]'),
    '.SH DESCRIPTION',
    roff(
      "The command line of Vivarium: virsh's names, options and output for the engine of this user. Without a command it is a shell, with a prompt, history and completion; from a pipe it runs what it reads. One argument with blanks or semicolons is a list of commands.",
    ),
    '.SH OPTIONS',
    ...GLOBAL_HELP.map(([flags, text]) => item(flags, text)),
    ...topics.flatMap(({ title, specs }) => [
      `.SH ${roff(title.toUpperCase())}`,
      ...[...specs].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)).map(formatSpec),
    ]),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.map(([status, text]) => item(status, text)),
    '.SH FILES',
    item('$XDG_STATE_HOME/vivarium/history', 'what was typed in the shell'),
    item('$XDG_CONFIG_HOME/vivarium/qemu', 'the stored definitions'),
    '.SH ENVIRONMENT',
    item('VISUAL, EDITOR', 'the editor of edit and its kin'),
    '.SH SEE ALSO',
    'virsh(1), qemu(1)',
  ].join('\n');
}

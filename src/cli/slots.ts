// The words of a command's usage, filled as virsh fills them (tools/vsh.c, vshCommandParse): each may be given as an option of its name, and what
// stands alone goes to those that were not, in order. Pure.
import { virError } from '../common/errors.ts';
import type { CommandSpec, Options, Positional } from './context.ts';

/** '--remove-all-storage' and 'remove-all-storage' → 'removeAllStorage'. */
export const keyOf = (flag: string): string =>
  flag.replace(/^--/, '').replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export interface Slot {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
}

export const slotsOf = (usage: string): readonly Slot[] =>
  usage
    .split(' ')
    .slice(1)
    .map((part) => ({
      name: part.replace(/[<>[\].]/g, ''),
      isRequired: part.startsWith('<'),
      isVariadic: part.includes('...'),
    }));

/** Throws INVALID_ARG for a word that is missing, or one too many. */
export function fillSlots(usage: string, given: readonly string[], options: Options): Positional {
  const rest = [...given];
  const values = slotsOf(usage).map(({ name, isRequired, isVariadic }) => {
    const option = options[keyOf(name)];
    const value = isVariadic ? rest.splice(0) : typeof option === 'string' ? option : rest.shift();
    if (isRequired && (value === undefined || value.length === 0))
      throw virError('INVALID_ARG', `command '${usage.split(' ')[0]}' requires <${name}> option`);
    return value;
  });
  if (rest.length > 0) throw virError('INVALID_ARG', `unexpected data '${rest[0]}'`);
  return values;
}

export interface DeclaredOption {
  readonly flag: string;
  /** What its value is called: 'seconds'; undefined where it takes none. */
  readonly value: string | undefined;
}

/** Everything with two dashes that a command takes: its options, --json, and its words, each of which may be given as an option of its name. */
export const optionsOf = ({ options = [], usage }: CommandSpec): readonly DeclaredOption[] => [
  { flag: '--json', value: undefined },
  ...options.map(([text]) => {
    const [flag = '', value] = text.split(' ');
    return { flag, value: value?.replace(/[<>]/g, '') };
  }),
  ...slotsOf(usage)
    .filter(({ isVariadic }) => !isVariadic)
    .map(({ name }) => ({ flag: `--${name}`, value: name })),
];

// A command's words and options, read as virsh reads them (tools/vsh.c, vshCommandParse), with its complaints. Pure.
import { virError } from '../common/errors.ts';
import { type CommandSpec, nameOf, type Options, type Positional } from './context.ts';
import { type DeclaredOption, fillSlots, keyOf, optionsOf } from './slots.ts';

/** Values that virsh calls a <number>; the others it calls a <string>. */
const NUMBERS = ['seconds', 'ms', 'id', 'n', 'count', 'size', 'devname', 'cell', 'cpu'];

const known = new WeakMap<CommandSpec, ReadonlyMap<string, DeclaredOption>>();

function declaredOf(spec: CommandSpec): ReadonlyMap<string, DeclaredOption> {
  const found = known.get(spec) ?? new Map(optionsOf(spec).map((option) => [option.flag, option]));
  known.set(spec, found);
  return found;
}

/** Throws INVALID_ARG for what the command does not take. */
export function parseCommand(
  spec: CommandSpec,
  args: readonly string[],
): { readonly positional: Positional; readonly options: Options } {
  const declared = declaredOf(spec);
  const options: Record<string, string | boolean> = {};
  const data: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    if (arg === '--') {
      data.push(...args.slice(index + 1));
      break;
    }
    if (!arg.startsWith('--')) {
      data.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const flag = equals < 0 ? arg : arg.slice(0, equals);
    const option = declared.get(flag);
    if (!option) throw virError('INVALID_ARG', `command '${nameOf(spec)}' doesn't support option ${flag}`);
    const key = keyOf(flag);
    if (key in options) throw virError('INVALID_ARG', `option ${flag} already seen`);
    if (option.value === undefined) {
      if (equals >= 0) throw virError('INVALID_ARG', `invalid '=' after option ${flag}`);
      options[key] = true;
      continue;
    }
    if (equals < 0) index += 1;
    const value = equals < 0 ? args[index] : arg.slice(equals + 1);
    if (value === undefined)
      throw virError(
        'INVALID_ARG',
        `expected syntax: ${flag} <${NUMBERS.includes(option.value) ? 'number' : 'string'}>`,
      );
    options[key] = value;
  }
  return { positional: fillSlots(spec.usage, data, options), options };
}

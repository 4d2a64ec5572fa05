// A command's words and options, read as virsh reads them (tools/vsh.c, vshCommandParse), with its complaints. Pure.
import { virError } from '../common/errors.ts';
import { type CommandSpec, nameOf, type Options, type Positional } from './context.ts';
import { fillSlots, keyOf, slotsOf } from './slots.ts';

/** Values that virsh calls a <number>; the others it calls a <string>. */
const NUMBERS = ['<seconds>', '<ms>', '<id>', '<n>', '<count>', '<size>', '<devname>', '<cell>', '<cpu>'];

interface Declared {
  readonly key: string;
  /** '<seconds>' where it takes a value. */
  readonly value: string | undefined;
}

const known = new WeakMap<CommandSpec, ReadonlyMap<string, Declared>>();

function declaredOf(spec: CommandSpec): ReadonlyMap<string, Declared> {
  const found = known.get(spec);
  if (found) return found;
  const flags = [
    '--json',
    ...(spec.options ?? []).map(([text]) => text),
    ...slotsOf(spec.usage)
      .filter(({ isVariadic }) => !isVariadic)
      .map(({ name }) => `--${name} <${name}>`),
  ];
  const declared = new Map(
    flags.map((text) => {
      const [flag = '', value] = text.split(' ');
      return [flag, { key: keyOf(flag), value }] as const;
    }),
  );
  known.set(spec, declared);
  return declared;
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
    if (option.key in options) throw virError('INVALID_ARG', `option ${flag} already seen`);
    if (option.value === undefined) {
      if (equals >= 0) throw virError('INVALID_ARG', `invalid '=' after option ${flag}`);
      options[option.key] = true;
      continue;
    }
    if (equals < 0) index += 1;
    const value = equals < 0 ? args[index] : arg.slice(equals + 1);
    if (value === undefined)
      throw virError(
        'INVALID_ARG',
        `expected syntax: ${flag} <${NUMBERS.includes(option.value) ? 'number' : 'string'}>`,
      );
    options[option.key] = value;
  }
  return { positional: fillSlots(spec.usage, data, options), options };
}

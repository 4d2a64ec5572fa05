// A command's words and options, read by commander; its complaints in virsh's words.
import { Command, CommanderError } from 'commander';
import { type VirError, virError } from '../common/errors.ts';
import { type CommandSpec, nameOf, type Options, type Positional } from './context.ts';
import { fillSlots, slotsOf } from './slots.ts';

function usageError(command: string, { code, message }: CommanderError): VirError {
  const quoted = /'([^']*)'/.exec(message)?.[1] ?? '';
  const detail = /\((Did you mean .*)\)/.exec(message)?.[1];
  if (code === 'commander.unknownOption')
    return virError('INVALID_ARG', `command '${command}' doesn't support option ${quoted}`, { detail });
  if (code === 'commander.optionMissingArgument') return virError('INVALID_ARG', `expected syntax: ${quoted}`);
  return virError('INVALID_ARG', message.replace(/^error: /, ''));
}

/** Throws INVALID_ARG for what the command does not take. */
export function parseCommand(
  spec: CommandSpec,
  args: readonly string[],
): { readonly positional: Positional; readonly options: Options } {
  const name = nameOf(spec);
  const command = new Command(name)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .helpOption(false)
    .argument('[words...]')
    .option('--json', 'print JSON');
  for (const [flags, description] of spec.options ?? []) command.option(flags, description);
  for (const { name: slot, isVariadic } of slotsOf(spec.usage)) if (!isVariadic) command.option(`--${slot} <${slot}>`);
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    throw error instanceof CommanderError ? usageError(name, error) : error;
  }
  const options = command.opts<Record<string, string | boolean | undefined>>();
  return { positional: fillSlots(spec.usage, command.args, options), options };
}

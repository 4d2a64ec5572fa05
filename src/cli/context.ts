// What a command of the command line gets: a connection on demand, and the way to speak.
import type { Command } from 'commander';
import { Command as CommanderCommand } from 'commander';
import type { ContractClient } from '../common/contract/client.ts';
import { connectToEngine } from './connection.ts';
import { createOutput, type Output } from './output.ts';

export interface CliContext {
  readonly out: Output;
  /** Connects at the first call. */
  client(): Promise<ContractClient>;
}

export interface CommandSpec {
  /** Commander's form: 'start <domain>'. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: readonly (readonly [flags: string, description: string])[];
  readonly isHidden?: boolean;
  run(
    context: CliContext,
    positional: readonly (string | readonly string[] | undefined)[],
    options: Readonly<Record<string, string | boolean | undefined>>,
  ): Promise<void>;
}

/** Adds `spec` to `program`; every command gets --json. The connection is closed when the command ends. */
export function addCommand(program: Command, spec: CommandSpec): void {
  const command = new CommanderCommand(spec.usage.split(' ')[0]);
  for (const word of spec.usage.split(' ').slice(1)) command.argument(word);
  command.description(spec.summary).option('--json', 'print JSON');
  for (const [flags, description] of spec.options ?? []) command.option(flags, description);
  command.action(async (...args: unknown[]) => {
    const positional = args.slice(0, -2) as (string | string[] | undefined)[];
    const options = command.opts<Record<string, string | boolean | undefined>>();
    let client: Promise<ContractClient> | undefined;
    const context: CliContext = {
      out: createOutput(options.json === true),
      client: () => {
        client ??= connectToEngine();
        return client;
      },
    };
    try {
      await spec.run(context, positional, options);
    } finally {
      (await client?.catch(() => undefined))?.dispose(); // a connection that failed was told by the command
    }
  });
  program.addCommand(command, { hidden: spec.isHidden ?? false });
}

/** The first word of a command's arguments; commander has checked that it is there. */
export const word = (positional: readonly (string | readonly string[] | undefined)[], index = 0): string => {
  const value = positional[index];
  return typeof value === 'string' ? value : '';
};

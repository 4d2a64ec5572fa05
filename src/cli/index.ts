// The command `vivarium`: virsh's names, options and words for the engine of this user. A call costs little more than Node's own start: what a command
// does not need it does not load.
import { Command, CommanderError } from 'commander';
import { type ErrorCode, toEnvelope, toVirError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import { consoleCommands } from './commands/console.ts';
import { eventCommand } from './commands/event.ts';
import { hostCommands } from './commands/host.ts';
import { installCommand } from './commands/install.ts';
import { lifecycleCommands } from './commands/lifecycle.ts';
import { monitorCommands } from './commands/monitor.ts';
import { nativeCommand } from './commands/native.ts';
import { addCommand } from './context.ts';
import { formatError } from './output.ts';

/** Kinds of failure that a script may want to tell apart; everything else is 1, as virsh's. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  NO_DOMAIN: 3,
  OPERATION_INVALID: 4,
  OPERATION_TIMEOUT: 5,
  OPERATION_ABORTED: 6,
  NO_CONNECT: 7,
};

export function createProgram(): Command {
  const program = new Command('vivarium')
    .description('Virtual machines from the command line')
    .version(VERSION, '-V, --version')
    .exitOverride()
    .configureHelp({ sortSubcommands: true });
  for (const spec of [
    ...monitorCommands,
    ...lifecycleCommands,
    ...consoleCommands,
    eventCommand,
    installCommand,
    nativeCommand,
    ...hostCommands,
  ])
    addCommand(program, spec);
  return program;
}

async function main(argv: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    // Commander has printed its own words already.
    if (error instanceof CommanderError) process.exitCode = error.exitCode;
    else {
      const failure = toVirError(error);
      process.stderr.write(formatError(toEnvelope(failure), argv.includes('--json')));
      process.exitCode = EXIT_CODES[failure.code] ?? 1;
    }
  }
}

await main(process.argv);

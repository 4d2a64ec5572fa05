// The command `vivarium`: virsh's names, options and words for the engine of this user. A call costs little more than Node's own start: what a command
// does not need it does not load.
import type { ContractClient } from '../common/contract/client.ts';
import { type ErrorCode, toEnvelope, toVirError, virError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import { findCommand, loadTopics } from './commands.ts';
import type { CliContext, CommandSpec } from './context.ts';
import { createOutput, formatError } from './output.ts';
import { parseCommand } from './parse-command.ts';

/** Kinds of failure that a script may want to tell apart; everything else is 1, as virsh's. */
const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  NO_DOMAIN: 3,
  OPERATION_INVALID: 4,
  OPERATION_TIMEOUT: 5,
  OPERATION_ABORTED: 6,
  NO_CONNECT: 7,
};

/** Runs `spec`; the connection is closed when it ends. */
async function runCommand(spec: CommandSpec, args: readonly string[]): Promise<void> {
  const { positional, options } = parseCommand(spec, args);
  let client: Promise<ContractClient> | undefined;
  const context: CliContext = {
    out: createOutput(options.json === true),
    client: () => {
      client ??= import('./connection.ts').then(({ connectToEngine }) => connectToEngine());
      return client;
    },
    topics: loadTopics,
  };
  try {
    await spec.run(context, positional, options);
  } finally {
    (await client?.catch(() => undefined))?.dispose(); // a connection that failed was told by the command
  }
}

/** `vivarium`, `vivarium --help`, `vivarium COMMAND --help` are `vivarium help …`. */
function withHelp([name = '--help', ...args]: readonly string[]): readonly string[] {
  if (name === '--help' || name === '-h') return ['help', ...args];
  const end = args.indexOf('--');
  const isAsked = (end < 0 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h');
  return isAsked ? ['help', name] : [name, ...args];
}

async function main(argv: readonly string[]): Promise<void> {
  const [name = '', ...args] = withHelp(argv);
  if (['--version', '-V', '-v'].includes(name)) return void process.stdout.write(`${VERSION}\n`);
  const spec = await findCommand(name);
  if (!spec) throw virError('INVALID_ARG', `unknown command: '${name}'; 'vivarium help' lists them`);
  await runCommand(spec, args);
}

// No await out here: the bundle is CommonJS (tools/build/targets.mjs).
main(process.argv.slice(2)).catch((error: unknown) => {
  const failure = toVirError(error);
  process.stderr.write(formatError(toEnvelope(failure), process.argv.includes('--json')));
  process.exitCode = EXIT_CODES[failure.code] ?? 1;
});

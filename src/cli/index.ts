// The command `vivarium`: virsh's names, options and words for the engine of this user. A call costs little more than Node's own start: what a command
// does not need it does not load.
import { toEnvelope, toVirError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { parseArguments } from './global-options.ts';
import { formatError, writeStdout } from './output.ts';
import { Session } from './session.ts';

async function main(argv: readonly string[]): Promise<number> {
  const { global, ask, rest } = parseArguments(argv);
  if (ask === 'version') return say(VERSION);
  if (ask === 'long-version') return say(`Vivarium ${VERSION}, Node ${process.versions.node}`);
  const session = new Session(global);
  // Whoever listens too (event, console) knows better what Ctrl+C is for.
  process.on('SIGINT', () => {
    if (!session.interrupt() && process.listenerCount('SIGINT') === 1) process.exit(130);
  });
  try {
    if (ask === 'help') return await session.run(['help', ...rest]);
    const [first = 'shell', ...more] = rest;
    const isAlone = more.length === 0;
    if (first === 'shell' && isAlone) return await (await import('./shell/shell.ts')).runShell(session, global);
    // virsh's single-argument form: "list --all; domstate web"
    if (isAlone && /[\s;]/.test(first)) return await (await import('./shell/shell.ts')).runScript(session, first);
    return await session.run(rest);
  } finally {
    session.dispose();
  }
}

function say(text: string): number {
  writeStdout(`${text}\n`);
  return 0;
}

// No await out here: the bundle is CommonJS (tools/build/targets.mjs).
main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode ||= status;
  },
  (error: unknown) => {
    const failure = toVirError(error);
    const what = failure.code === 'NO_CONNECT' ? 'failed to connect to the engine' : undefined;
    process.stderr.write(formatError(toEnvelope(failure), { isJson: process.argv.includes('--json'), what }));
    process.exitCode = EXIT_CODES[failure.code] ?? 1;
  },
);

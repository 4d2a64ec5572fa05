// `vivarium` without a command: one connection and one prompt after the other, until `quit` or the end of the input. From a terminal with history and
// completion; from a pipe as virsh does it: each prompt and each line is written out before what the line answers.

import { toEnvelope } from '../../common/errors.ts';
import type { GlobalOptions } from '../context.ts';
import { formatError, writeStdout } from '../output.ts';
import type { Session } from '../session.ts';
import { tokenize } from './tokenize.ts';

const WELCOME = `Welcome to vivarium, the virtualization interactive terminal.

Type:  'help' for help with commands
       'quit' to quit

`;

/** Runs the commands of `text` one after the other, whatever becomes of them; the exit status of the last one. */
export async function runScript(session: Session, text: string): Promise<number> {
  let commands: ReturnType<typeof tokenize>;
  try {
    commands = tokenize(text);
  } catch (error) {
    process.stderr.write(formatError(toEnvelope(error), { isJson: false }));
    return 1;
  }
  let status = 0;
  for (const command of commands) {
    status = await session.run(command);
    if (session.hasQuit) break;
  }
  return status;
}

/** Always 0 in the end, as virsh's shell: what failed was told. */
export async function runShell(session: Session, global: GlobalOptions): Promise<number> {
  const prompt = `vivarium ${global.isReadonly ? '>' : '#'} `;
  if (!global.isQuiet) writeStdout(WELCOME);
  const lines =
    process.stdin.isTTY === true && process.stdout.isTTY === true
      ? (await import('./terminal-lines.ts')).terminalLines(prompt, () => session.client())
      : (await import('./piped-lines.ts')).pipedLines(prompt);
  for await (const line of lines) {
    // News of the engine's end may have come together with the line: it is heard first, so that the line goes to the next engine.
    await new Promise(setImmediate);
    await runScript(session, line);
    if (session.hasQuit) break;
  }
  return 0;
}

// A text in the person's editor ($VISUAL, $EDITOR, else vi), and what to do where the engine refuses what they made of it: virsh's dialogue (tools/virsh-edit.c).
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { toVirError, virError } from '../common/errors.ts';

const ANSWERS = `y - yes, start editor again
n - no, throw away my changes
i - turn off validation and try to redefine again
f - force, try to redefine again
? - print this help
`;

/** Runs the editor on `path`; its words are split at blanks, as a shell would, without a shell. Throws SYSTEM_ERROR, OPERATION_FAILED. */
function runEditor(path: string): Promise<void> {
  const editor = process.env.VISUAL || process.env.EDITOR || 'vi';
  const [program = 'vi', ...args] = editor.split(/\s+/).filter((part) => part !== '');
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, path], { stdio: 'inherit' });
    child.once('error', (error) =>
      reject(virError('SYSTEM_ERROR', `the editor '${editor}' can't be started: ${error.message}; set $EDITOR`)),
    );
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(virError('OPERATION_FAILED', `the editor '${editor}' ended with ${signal ?? `status ${code}`}`));
    });
  });
}

/** What to do with a text that was refused. Without a terminal: throw it away. */
async function askWhatNow(): Promise<'again' | 'discard' | 'retry'> {
  if (process.stdin.isTTY !== true) return 'discard';
  const rl = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (;;) {
      const answer = (await rl.question('Failed. Try again? [y,n,i,f,?]: ')).trim().toLowerCase();
      if (answer === 'y') return 'again';
      if (answer === 'n') return 'discard';
      // Every definition is checked here whoever asks, so both try once more: what stood in the way may be gone.
      if (answer === 'i' || answer === 'f') return 'retry';
      process.stdout.write(ANSWERS);
    }
  } finally {
    rl.close();
  }
}

/**
 * Lets a person edit `text` until `accept` takes it or they give up. Returns whether something was changed and taken. Throws what the last `accept`
 * threw, where it was given up.
 */
export async function editUntilAccepted(
  text: string,
  suffix: string,
  accept: (text: string) => Promise<unknown>,
): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), 'vivarium-'));
  const path = join(dir, `edit${suffix}`);
  try {
    await writeFile(path, text, { mode: 0o600 });
    let isEdited = false;
    for (;;) {
      if (!isEdited) await runEditor(path);
      const next = await readFile(path, 'utf8');
      if (next === text) return false;
      try {
        await accept(next);
        return true;
      } catch (error) {
        if (process.stdin.isTTY !== true) throw error;
        process.stderr.write(`error: ${toVirError(error).message}\n`);
        const answer = await askWhatNow();
        if (answer === 'discard') throw error;
        isEdited = answer === 'retry';
      }
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

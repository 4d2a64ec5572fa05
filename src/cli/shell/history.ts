// What was typed in former shells: $XDG_STATE_HOME/vivarium/history, the oldest line first, for its owner's eyes only (0600). Lines are appended, so that two shells
// at once keep both theirs. A shell without it is still a shell: a file that can't be read or written is passed over.
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const MOST_LINES = 1000;
/** Lines that hold what nobody should find later. */
const SECRET = /\bset-user-password\b/;
const stateDir = (): string => join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'vivarium');

/** The last lines, newest first, as readline has it. A file that grew long is cut to them. */
export async function loadHistory(dir = stateDir()): Promise<string[]> {
  const path = join(dir, 'history');
  const text = await readFile(path, 'utf8').catch(() => ''); // none yet
  const all = text.split('\n').filter((line) => line !== '');
  const lines = all.slice(-MOST_LINES);
  if (all.length > 2 * MOST_LINES) {
    const next = `${path}.${process.pid}`;
    const written = writeFile(next, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    await written.then(() => rename(next, path)).catch(() => undefined); // it stays long
  }
  return lines.reverse();
}

export async function appendHistory(line: string, dir = stateDir()): Promise<void> {
  if (line.trim() === '' || SECRET.test(line)) return;
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await appendFile(join(dir, 'history'), `${line}\n`, { mode: 0o600 });
  } catch {
    // it is a convenience: no shell ends for it
  }
}

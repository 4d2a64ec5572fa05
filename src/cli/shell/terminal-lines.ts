// The lines of a terminal: readline with the history of former shells, and completion. Between two lines the terminal is as it was, so that a console, an
// editor or Ctrl+C works in a command.
import { createInterface, type Interface } from 'node:readline';
import { connectToEngine } from '../connection.ts';
import { appendHistory, loadHistory } from './history.ts';

type Read = { readonly lines: readonly string[]; readonly begun: string } | undefined;

/** Tab: the words that fit, and the word that they are for. */
async function complete(line: string): Promise<[string[], string]> {
  const { completeLine } = await import('../complete.ts');
  return completeLine(line, connectToEngine);
}

/** One prompt: the line, with all others of the same paste and what was begun after them; or undefined at Ctrl+D. */
function read(prompt: string, history: string[], begun: string): Promise<Read> {
  return new Promise((resolve) => {
    const lines: string[] = [];
    const rl: Interface = createInterface({
      input: process.stdin,
      output: process.stdout,
      prompt,
      history: [...history],
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string, callback: (error: Error | null, result: [string[], string]) => void) => {
        complete(line).then(
          (result) => callback(null, result),
          () => callback(null, [[], line]), // no engine, no names
        );
      },
    });
    rl.on('history', (kept: string[]) => history.splice(0, history.length, ...kept));
    rl.on('SIGINT', () => {
      process.stdout.write('^C\n');
      rl.write(null, { ctrl: true, name: 'e' });
      rl.write(null, { ctrl: true, name: 'u' });
      rl.prompt();
    });
    rl.on('line', (line) => {
      // Lines of one paste come in the same turn.
      if (lines.length === 0)
        setImmediate(() => {
          const { line: rest } = rl;
          rl.removeAllListeners('close');
          rl.close();
          resolve({ lines, begun: rest });
        });
      lines.push(line);
    });
    rl.once('close', () => {
      process.stdout.write('\n');
      resolve(undefined);
    });
    rl.prompt();
    if (begun) rl.write(begun);
  });
}

export async function* terminalLines(prompt: string): AsyncGenerator<string> {
  const history = await loadHistory();
  let begun = '';
  for (;;) {
    const found: Read = await read(prompt, history, begun);
    if (!found) return;
    begun = found.begun;
    for (const line of found.lines) await appendHistory(line);
    yield* found.lines;
  }
}

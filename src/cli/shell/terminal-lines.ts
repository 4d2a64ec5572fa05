// The lines of a terminal: readline with the history of former shells, and completion. Between two lines the terminal is as it was, so that a console, an
// editor or Ctrl+C works in a command.
import { createInterface, type Interface } from 'node:readline';
import type { ContractClient } from '../../common/contract/client.ts';
import { catalog } from '../commands.ts';
import { appendHistory, loadHistory } from './history.ts';

type Read = { readonly lines: readonly string[]; readonly begun: string } | undefined;

type Connect = () => Promise<ContractClient>;

/** Tab: the words that fit, and the word that they are for. */
async function complete(line: string, connect: Connect): Promise<[string[], string]> {
  const { completeLine } = await import('../complete.ts');
  return completeLine(line, { catalog, connect });
}

/** One prompt: the line, with all others of the same paste and what was begun after them; or undefined at Ctrl+D. */
function read(prompt: string, history: string[], begun: string, connect: Connect): Promise<Read> {
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
        complete(line, connect).then(
          (result) => callback(null, result),
          () => callback(null, [[], line]), // no engine, no names
        );
      },
    });
    rl.on('history', (kept: string[]) => history.splice(0, history.length, ...kept));
    const atEnd = (): void => {
      process.stdout.write('\n');
      resolve(undefined);
    };
    const end = (result: Read): void => {
      rl.off('close', atEnd); // and no other: readline has its own
      rl.close();
      resolve(result);
    };
    rl.on('SIGINT', () => {
      process.stdout.write('^C\n');
      end({ lines: [], begun: '' });
    });
    rl.on('line', (line) => {
      // Lines of one paste come in the same turn.
      if (lines.length === 0) setImmediate(() => end({ lines, begun: rl.line }));
      lines.push(line);
    });
    rl.once('close', atEnd);
    rl.prompt();
    if (begun) rl.write(begun);
  });
}

export async function* terminalLines(prompt: string, connect: Connect): AsyncGenerator<string> {
  const history = await loadHistory();
  let begun = '';
  for (;;) {
    const found: Read = await read(prompt, history, begun, connect);
    if (!found) return;
    begun = found.begun;
    for (const line of found.lines) await appendHistory(line);
    yield* found.lines;
  }
}

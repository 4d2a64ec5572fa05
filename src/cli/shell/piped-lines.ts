// The lines of a pipe or a file as a shell reads them. Prompt and line are written out as they are read, which is what virsh's readline does there.
import { writeStdout } from '../output.ts';

export async function* pipedLines(prompt: string): AsyncGenerator<string> {
  let rest = '';
  process.stdin.setEncoding('utf8');
  writeStdout(prompt);
  for await (const chunk of process.stdin) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* all(lines);
  }
  if (rest !== '') yield* all([rest]);
  writeStdout('\n');

  function* all(lines: readonly string[]): Generator<string> {
    for (const [at, line] of lines.entries()) {
      // The prompt before a line that is there already goes out with it: each write wakes whoever reads.
      writeStdout(`${at === 0 ? '' : prompt}${line}\n`);
      yield line;
    }
    if (lines.length > 0) writeStdout(prompt);
  }
}

// The lines of a pipe or a file as a shell reads them. Prompt and line are written out as they are read, which is what virsh's readline does there.
import { writeStdout } from '../output.ts';

export async function* pipedLines(prompt: string): AsyncGenerator<string> {
  let rest = '';
  process.stdin.setEncoding('utf8');
  writeStdout(prompt);
  for await (const chunk of process.stdin) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* one(line);
  }
  if (rest !== '') yield* one(rest);
  writeStdout('\n');

  function* one(line: string): Generator<string> {
    writeStdout(`${line}\n`);
    yield line;
    writeStdout(prompt);
  }
}

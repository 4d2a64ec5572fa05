// A line of the shell as commands, with virsh's quoting (tools/vsh.c, vshCommandStringGetArg): '…' is literal, "…" and bare words take backslashes, `;` and
// the end of a line end a command, # begins a comment. Pure.
import { virError } from '../../common/errors.ts';

interface Cursor {
  readonly text: string;
  at: number;
}

/** Reads the quoted text that begins at the cursor. Throws INVALID_ARG where its end is missing. */
function readQuoted(cursor: Cursor): string {
  const quote = cursor.text[cursor.at];
  let value = '';
  for (cursor.at += 1; cursor.at < cursor.text.length; cursor.at += 1) {
    const sign = cursor.text[cursor.at];
    if (sign === quote) return value;
    if (sign === '\\' && quote === '"') cursor.at += 1;
    value += cursor.text[cursor.at] ?? '';
  }
  throw virError('INVALID_ARG', `missing ${quote}`);
}

/** The word at the cursor, which stands behind it afterwards. */
function readWord(cursor: Cursor): string {
  let value = '';
  for (; cursor.at < cursor.text.length; cursor.at += 1) {
    const sign = cursor.text[cursor.at] ?? '';
    if (/[\s;]/.test(sign)) break;
    if (sign === '"' || sign === "'") {
      value += readQuoted(cursor);
      continue;
    }
    if (sign === '\\') {
      cursor.at += 1;
      if (cursor.at >= cursor.text.length) throw virError('INVALID_ARG', 'dangling \\');
    }
    value += cursor.text[cursor.at];
  }
  return value;
}

/** Commands, each a list of words. Throws INVALID_ARG for a quote or a backslash with no end. */
export function tokenize(text: string): readonly (readonly string[])[] {
  const cursor: Cursor = { text, at: 0 };
  const commands: string[][] = [[]];
  while (cursor.at < text.length) {
    const sign = text[cursor.at] ?? '';
    if (sign === ';' || sign === '\n') commands.push([]);
    if (sign === '#') {
      const end = text.indexOf('\n', cursor.at);
      cursor.at = end < 0 ? text.length : end;
    } else if (/[\s;]/.test(sign)) cursor.at += 1;
    else commands.at(-1)?.push(readWord(cursor));
  }
  return commands.filter((command) => command.length > 0);
}

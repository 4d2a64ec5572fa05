// How the command line speaks: virsh's tables, key: value lines, notices and errors, and JSON for every command. Scripts that read virsh read this.
import type { ErrorEnvelope } from '../common/errors.ts';

export interface Output {
  readonly isJson: boolean;
  /** One line for people; nothing under --json or --quiet (vshPrintExtra). */
  notice(text: string): void;
  /** A result: its lines for people, its value under --json. */
  result(value: unknown, lines: readonly string[]): void;
  /** A result that people know by a notice, which --quiet drops. */
  done(value: unknown, text: string): void;
  /** A result that people read as virsh's table; --quiet drops its head. */
  table(value: unknown, header: readonly string[], rows: readonly (readonly string[])[]): void;
  /** A line of a stream (events): the text for people, the value as one JSON line. */
  line(value: unknown, text: string): void;
  /** What a person should know of a result that was had all the same; on standard error. */
  warn(warnings: readonly string[]): void;
  /** The blank line that virsh puts behind every command. */
  end(): void;
}

export interface OutputOptions {
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly write?: (text: string) => void;
}

/** virsh's table (tools/vsh-table.c): a blank before each cell, columns padded, a rule of dashes; without the head its rows alone. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  hasHead = true,
): readonly string[] {
  const shown = hasHead ? [header, ...rows] : rows;
  const widths = header.map((_, column) => Math.max(0, ...shown.map((row) => row[column]?.length ?? 0)));
  const format = (row: readonly string[]): string =>
    row.map((cell, column) => ` ${column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2)}`).join('');
  const dashes = '-'.repeat(widths.reduce((sum, width) => sum + width + 3, 0));
  return hasHead ? [format(header), dashes, ...rows.map(format)] : rows.map(format);
}

/** virsh's key: value lines, values from column 16 (or from `column`). */
export const formatFields = (fields: readonly (readonly [string, string])[], column = 16): readonly string[] =>
  fields.map(([key, value]) => `${`${key}:`.padEnd(column - 1)} ${value}`);

export function createOutput({ isJson, isQuiet, write = writeStdout }: OutputOptions): Output {
  const lines = (text: readonly string[]): void => {
    if (text.length > 0) write(text.map((line) => `${line}\n`).join(''));
  };
  const json = (value: unknown): void => write(`${JSON.stringify(value, null, 2)}\n`);
  const notice = (text: string): void => {
    if (!isJson && !isQuiet) write(`${text}\n`);
  };
  return {
    isJson,
    notice,
    result: (value, text) => (isJson ? json(value) : lines(text)),
    done: (value, text) => (isJson ? json(value) : notice(text)),
    table: (value, header, rows) => (isJson ? json(value) : lines(formatTable(header, rows, !isQuiet))),
    line: (value, text) => write(isJson ? `${JSON.stringify(value)}\n` : `${text}\n`),
    warn: (warnings) => {
      for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
    },
    end: () => {
      if (!isJson && !isQuiet) write('\n');
    },
  };
}

let hasPipeHandler = false;

/** A reader that has enough (`vivarium list | head -1`) ends us as SIGPIPE ends others: without a word, with its status. */
export function writeStdout(text: string): void {
  if (!hasPipeHandler) {
    hasPipeHandler = true;
    process.stdout.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(141);
      throw error;
    });
  }
  process.stdout.write(text);
}

/** What virsh says of a domain that is not there takes two lines; the engine says it in one. */
const LOOKUP = /^(failed to get domain '.*'): (.*)$/s;

/** An error as virsh prints it: what was not done (`what`), then why; the detail (QEMU's last words) below, indented. */
export function formatError(error: ErrorEnvelope, { isJson, what }: { isJson: boolean; what?: string | undefined }) {
  if (isJson) return `${JSON.stringify({ error })}\n`;
  const lookup = error.code === 'NO_DOMAIN' ? LOOKUP.exec(error.message) : null;
  const [head, reason] = lookup ? [lookup[1], lookup[2]] : [what, error.message];
  const detail = (error.detail?.trim() ?? '').split('\n').filter((line) => line !== '');
  const lines = [...(head ? [`error: ${head}`] : []), `error: ${reason}`, ...detail.map((line) => `  ${line}`)];
  return lines.map((line) => `${line}\n`).join('');
}

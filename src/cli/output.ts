// How the command line speaks: virsh's tables, key: value lines, notices and errors, and JSON for every command. Scripts that read virsh read this.
import type { ErrorEnvelope } from '../common/errors.ts';

export interface Output {
  readonly isJson: boolean;
  /** One line for people; nothing under --json. */
  notice(text: string): void;
  /** A result: its lines for people, its value under --json. */
  result(value: unknown, lines: readonly string[]): void;
  /** A line of a stream (events): the text for people, the value as one JSON line. */
  line(value: unknown, text: string): void;
}

/** virsh's table (tools/vsh-table.c): a blank before each cell, columns padded, a rule of dashes. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const format = (row: readonly string[]): string =>
    row.map((cell, column) => ` ${column === row.length - 1 ? cell : cell.padEnd((widths[column] ?? 0) + 2)}`).join('');
  const dashes = '-'.repeat(widths.reduce((sum, width) => sum + width + 3, 0));
  return [format(header), dashes, ...rows.map(format), ''];
}

/** virsh's key: value lines, values from column 16. */
export const formatFields = (fields: readonly (readonly [string, string])[]): string[] => [
  ...fields.map(([key, value]) => `${`${key}:`.padEnd(15)} ${value}`),
  '',
];

export function createOutput(
  isJson: boolean,
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Output {
  return {
    isJson,
    notice: (text) => {
      if (!isJson) write(`${text}\n\n`);
    },
    result: (value, lines) =>
      write(isJson ? `${JSON.stringify(value, null, 2)}\n` : lines.map((line) => `${line}\n`).join('')),
    line: (value, text) => write(isJson ? `${JSON.stringify(value)}\n` : `${text}\n`),
  };
}

/** An error as virsh prints it; the detail (QEMU's last words) below, indented. */
export function formatError(error: ErrorEnvelope, isJson: boolean): string {
  if (isJson) return `${JSON.stringify({ error })}\n`;
  const detail = error.detail?.trim();
  return `error: ${error.message}\n${
    detail
      ? `${detail
          .split('\n')
          .map((line) => `  ${line}`)
          .join('\n')}\n`
      : ''
  }`;
}

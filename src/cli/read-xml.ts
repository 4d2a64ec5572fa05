// Definitions from files.
import { readFileSync } from 'node:fs';
import { virError } from '../common/errors.ts';

/** Reads a definition from FILE, or from standard input for '-'. At once: four turns of the thread pool cost a script's `define` more than the reading. */
export async function readXml(file: string): Promise<string> {
  try {
    return readFileSync(file === '-' ? '/dev/stdin' : file, 'utf8');
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT'
        ? 'No such file or directory'
        : error instanceof Error
          ? error.message
          : String(error);
    throw virError('INVALID_ARG', `Failed to open file '${file}': ${why}`, { cause: error });
  }
}

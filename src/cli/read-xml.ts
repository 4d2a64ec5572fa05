// Definitions from files.
import { readFile } from 'node:fs/promises';
import { virError } from '../common/errors.ts';

/** Reads a definition from FILE, or from standard input for '-'. */
export async function readXml(file: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : file, 'utf8');
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

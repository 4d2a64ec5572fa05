// Finds programs as a shell would, and a few folders more: a plain user's PATH on Debian has no sbin.
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

const MORE = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin'];

/** The full path of program `name`, or undefined. */
export function which(name) {
  const dirs = [...(process.env.PATH ?? '').split(path.delimiter), ...MORE];
  for (const dir of dirs) {
    const file = path.join(dir, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}

/** Is one of the need's programs in PATH, or one of its files there? */
export const isMet = (need) =>
  (need.bins ?? []).some((name) => which(name) !== undefined) || (need.files ?? []).some((file) => existsSync(file));

/** The needs of this purpose ('start' | 'test' | 'browser') that this system does not meet. */
export const missingNeeds = (needs, purpose) =>
  needs.filter((need) => (purpose === 'all' || need.for.includes(purpose)) && !isMet(need));

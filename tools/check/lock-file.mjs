// The lock file names no registry host, so that it works with whatever registry the user's npm is set to, and takes no package from the side.
import { readFileSync } from 'node:fs';
import { inProject } from '../setup/project.mjs';

/** Complaints about the text of a package-lock.json; '' where all is well. */
export function judgeLockFile(text) {
  const { packages = {} } = JSON.parse(text);
  return Object.entries(packages)
    .filter(([, entry]) => entry.resolved !== undefined && !entry.link)
    .map(([name, entry]) => `${name} names where it came from (${entry.resolved})`)
    .concat(
      /https?:\/\/[^"]*(registry|npm)[^"]*/i.test(text.replace(/"(url|funding)": .*/g, ''))
        ? ['a registry address in the text']
        : [],
    )
    .join('\n');
}

export const checkLockFile = () => judgeLockFile(readFileSync(inProject('package-lock.json'), 'utf8'));

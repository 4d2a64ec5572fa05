// node_modules as the lock file says. The stamp is the lock file's hash, written after npm has ended well, so that a set-up that was cut
// short is done again. Install scripts do not run: Electron's downloads from elsewhere and must never make set-up fail or hang.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { looksOffline } from './detect.mjs';
import { npmEnvironment } from './npm.mjs';
import { inProject } from './project.mjs';
import { lastLines, run } from './run.mjs';

const STAMP = inProject('node_modules/.vivarium-lock');

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(inProject('package-lock.json')))
    .digest('hex');

/** Is node_modules what package-lock.json says? */
export function nodeModulesAreCurrent() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockHash();
}

/**
 * Installs node_modules where it is missing or old. Returns true if it did something.
 * Throws where npm fails and nothing is there to go on with; an old node_modules is kept in use with a warning.
 */
export async function installNodeModules({ say }) {
  if (nodeModulesAreCurrent()) return false;
  const hash = lockHash();
  // `npm ci` empties node_modules first: without a network that would leave nothing where an old one still works.
  const args = existsSync(inProject('node_modules/vite')) ? ['install', '--no-save', '--package-lock=true'] : ['ci'];
  say(`Installing the npm packages of package-lock.json: npm ${args[0]} (about a minute the first time)`);
  const { code, output } = await run('npm', [...args, '--ignore-scripts'], { cwd: inProject(), env: npmEnvironment() });
  if (code === 0) {
    writeFileSync(STAMP, hash);
    return true;
  }
  const why = looksOffline(output) ? 'the npm registry can not be reached (no network?)' : `npm ended with ${code}`;
  const message = `The npm packages could not be installed: ${why}.\n${lastLines(output)}`;
  if (!existsSync(inProject('node_modules/vite'))) throw new Error(message);
  say(`${message}\nGoing on with the packages that are there.`);
  return false;
}

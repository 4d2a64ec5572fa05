// Node 24 from npm's `node` package, whatever Node the system has. Its preinstall script fetches the binary of this machine from the npm
// registry; node_modules were installed without scripts, so it runs here, by itself. A second link to the binary is kept in .cache/, because
// npm removes the first one whenever it touches node_modules.
import { copyFileSync, existsSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { looksOffline } from './detect.mjs';
import { npmEnvironment } from './npm.mjs';
import { CACHE, inProject, NODE_24 } from './project.mjs';
import { lastLines, run } from './run.mjs';

const starts = async (file) => existsSync(file) && (await run(file, ['--version'])).code === 0;

function keptCopy() {
  const { version } = JSON.parse(readFileSync(inProject('node_modules/node/package.json'), 'utf8'));
  return path.join(CACHE, `node-${version}-${process.arch}`);
}

/** A second name for the same file; a copy where the file system has no links. */
function link(from, to) {
  mkdirSync(path.dirname(to), { recursive: true });
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

export const node24IsThere = () => existsSync(NODE_24);

async function restore(kept) {
  if (!(await starts(kept))) return false;
  link(kept, NODE_24);
  return true;
}

/** Puts Node 24 in its place where it is missing. Returns true if it had to. Throws where that fails. */
export async function installNode24({ say }) {
  if (node24IsThere()) return false;
  const kept = keptCopy();
  if (await restore(kept)) return true;
  say('Fetching Node 24 from the npm registry (npm package "node")');
  const { code, output } = await run(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: inProject('node_modules/node'),
    env: npmEnvironment(),
  });
  if (code === 0 && (await starts(NODE_24))) {
    link(NODE_24, kept);
    return true;
  }
  rmSync(NODE_24, { force: true });
  const why = looksOffline(output)
    ? 'the npm registry can not be reached (no network?)'
    : `the script ended with ${code}`;
  throw new Error(`Node 24 could not be fetched: ${why}.\n${lastLines(output)}`);
}

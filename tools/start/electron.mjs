// May this machine show the app in Electron? Its binary comes from elsewhere than the npm registry, so it is fetched only here, with a
// time limit, and a failure is remembered: `npm start` must neither fail nor wait for it every time.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { recall, remember } from '../setup/memory.mjs';
import { inProject, NODE_24, toolEnvironment } from '../setup/project.mjs';
import { lastLines, run } from '../setup/run.mjs';

const TRY_AGAIN_MS = 7 * 24 * 3600 * 1000;
const DOWNLOAD_LIMIT_MS = 180_000;
const ELECTRON = inProject('node_modules/electron/dist/electron');

const electronVersion = () => JSON.parse(readFileSync(inProject('node_modules/electron/package.json'), 'utf8')).version;

/** Does the binary start at all? Without its libraries (GTK, NSS) the loader refuses it. Asked once a version. */
async function starts(version) {
  if (recall('electronStarts') === version) return true;
  const env = toolEnvironment({ ELECTRON_RUN_AS_NODE: '1' });
  const { code } = await run(ELECTRON, ['-e', '0'], { env, timeoutMs: 20_000 });
  if (code === 0) remember('electronStarts', version);
  return code === 0;
}

async function download(version, { say, again }) {
  const failed = recall('electronFailed');
  if (!again && failed?.version === version && Date.now() - failed.at < TRY_AGAIN_MS) return false;
  say(
    `Fetching Electron ${version} (about 110 MB, at most ${DOWNLOAD_LIMIT_MS / 60_000} minutes; --browser does without)`,
  );
  const script = inProject('node_modules/electron/install.js');
  const { code, output } = await run(NODE_24, [script], { env: toolEnvironment(), timeoutMs: DOWNLOAD_LIMIT_MS });
  if (code === 0 && existsSync(ELECTRON)) return true;
  remember('electronFailed', { version, at: Date.now(), why: lastLines(output, 2) });
  return false;
}

const readNumber = (file) => (existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : undefined);

/** Chromium's sandbox needs user namespaces, or its helper setuid root; Ubuntu 24.04 and some others forbid the first. */
function sandboxIsPossible() {
  const forbidden =
    readNumber('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === 1 ||
    readNumber('/proc/sys/kernel/unprivileged_userns_clone') === 0;
  const helper = inProject('node_modules/electron/dist/chrome-sandbox');
  if (!forbidden) return true;
  if (!existsSync(helper)) return false;
  const { uid, mode } = statSync(helper);
  return uid === 0 && (mode & 0o4000) !== 0;
}

/** { binary } where Electron can be used, else { why } in a few words. */
export async function findElectron({ say, again = false }) {
  if (!existsSync(inProject('node_modules/electron/package.json')))
    return { why: 'Electron is not among the npm packages' };
  const version = electronVersion();
  if (!existsSync(ELECTRON) && !(await download(version, { say, again })))
    return { why: "Electron's binary can not be had here" };
  if (!(await starts(version))) return { why: 'Electron does not start here (libraries are missing)' };
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !sandboxIsPossible()) return { why: 'this system forbids the sandbox that Electron needs' };
  return { binary: ELECTRON };
}

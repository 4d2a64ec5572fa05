// Set-up of a checkout: sees what is missing, says what it will install and how, and does it. Nothing missing: well under a second.
// usage: node tools/setup.mjs [--for start|test|browser|all] [--quiet] [--no-install]
// It runs on the system's Node (18 or newer) before any package is there, so it has no dependencies.
import { fileURLToPath } from 'node:url';
import { withSetupLock } from './setup/lock.mjs';
import { installNodeModules, nodeModulesAreCurrent } from './setup/node-modules.mjs';
import { installNode24, node24IsThere } from './setup/node24.mjs';
import { installSystemPackages } from './setup/system-packages.mjs';

const sayAloud = (text) => console.log(text);

/**
 * Makes the checkout ready for `purpose`. Returns the needs of the system that are still missing (they were told).
 * Throws with a message for people where the npm packages or Node 24 are missing and can not be had.
 */
export async function setUp({ purpose = 'start', say = sayAloud, again = false, mayInstall = true } = {}) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 18)
    throw new Error(`Node ${process.versions.node} is too old: Vivarium's set-up needs Node 18 or newer.`);
  if (!nodeModulesAreCurrent() || !node24IsThere()) {
    await withSetupLock(say, async () => {
      await installNodeModules({ say });
      await installNode24({ say });
    });
  }
  return installSystemPackages({ purpose, say, again, mayInstall });
}

/** `setUp` for the other tools: prints what went wrong and ends the program where nothing can go on. */
export async function setUpOrExit(options) {
  try {
    return await setUp(options);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}

async function main(args) {
  const started = Date.now();
  const at = args.indexOf('--for');
  const purpose = at >= 0 ? args[at + 1] : 'all';
  if (!['start', 'test', 'browser', 'all'].includes(purpose ?? '')) {
    console.error('usage: node tools/setup.mjs [--for start|test|browser|all] [--quiet] [--no-install]');
    process.exit(2);
  }
  const missing = await setUpOrExit({
    purpose,
    again: !args.includes('--quiet'),
    mayInstall: !args.includes('--no-install'),
  });
  if (!args.includes('--quiet')) {
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    console.log(
      missing.length === 0 ? `Everything is there (${seconds} s).` : `Ready, but for the above (${seconds} s).`,
    );
  }
  process.exit(missing.some((need) => need.required) ? 1 : 0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));

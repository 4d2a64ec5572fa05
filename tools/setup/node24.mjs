// Node 24 from npm's `node` package, whatever Node the system has. Its preinstall script fetches the binary of this machine from the npm
// registry; node_modules were installed without scripts, so it runs here, by itself.
import { existsSync } from 'node:fs';
import { looksOffline } from './detect.mjs';
import { inProject, NODE_24 } from './project.mjs';
import { lastLines, run } from './run.mjs';

/** Is Node 24 there, and does it start? `thorough` starts it, which costs 40 ms. */
export async function node24IsThere({ thorough = false } = {}) {
  if (!existsSync(NODE_24)) return false;
  return !thorough || (await run(NODE_24, ['--version'])).code === 0;
}

/** Fetches Node 24 where it is missing. Returns true if it did. Throws where that fails. */
export async function installNode24({ say }) {
  if (await node24IsThere()) return false;
  say('Fetching Node 24 from the npm registry (npm package "node")');
  const env = { ...process.env };
  // npm sets these for the scripts that it runs; the inner npm would take them as its own settings
  for (const name of Object.keys(env))
    if (/^npm_(config_(ignore_scripts|global|save)|lifecycle)/i.test(name)) delete env[name];
  const { code, output } = await run(process.execPath, ['installArchSpecificPackage.js'], {
    cwd: inProject('node_modules/node'),
    env: { ...env, npm_config_loglevel: 'error', npm_config_update_notifier: 'false' },
  });
  if (code === 0 && (await node24IsThere({ thorough: true }))) return true;
  const why = looksOffline(output)
    ? 'the npm registry can not be reached (no network?)'
    : `the script ended with ${code}`;
  throw new Error(`Node 24 could not be fetched: ${why}.\n${lastLines(output)}`);
}

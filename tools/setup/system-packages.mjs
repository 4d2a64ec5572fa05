// Installs what the system lacks with the system's own package manager. Says first what and with which command; a required need that is
// still missing is told with the command to run by hand; nothing here ends the program: what is there goes on working.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import {
  escalation,
  installCommand,
  looksOffline,
  packageManagerOf,
  packagesFor,
  parseOsRelease,
  refreshCommand,
} from './detect.mjs';
import { recall, remember } from './memory.mjs';
import { NEEDS } from './needs.mjs';
import { lastLines, run } from './run.mjs';
import { missingNeeds, which } from './which.mjs';

const readOsRelease = () => {
  const file = ['/etc/os-release', '/usr/lib/os-release'].find((name) => existsSync(name));
  return file === undefined ? {} : parseOsRelease(readFileSync(file, 'utf8'));
};

/** apt without its lists knows no package at all: a container or a new machine has none. */
const aptHasLists = () => {
  try {
    return readdirSync('/var/lib/apt/lists').some((name) => name.includes('_Packages'));
  } catch {
    return false;
  }
};

function describeSystem() {
  const osRelease = readOsRelease();
  const become = escalation({
    isRoot: process.getuid?.() === 0,
    hasSudo: which('sudo') !== undefined,
    hasPkexec: which('pkexec') !== undefined,
    hasTerminal: process.stdin.isTTY === true,
    hasDisplay: Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY),
  });
  return { osId: osRelease.ID, manager: packageManagerOf(osRelease), become };
}

// nobody can answer a question here, and a machine that has just started may be updating itself
const UNASKED = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1' };
const APT_WAITS = ['-o', 'DPkg::Lock::Timeout=120'];

/** Runs one command of the package manager as root; quiet unless sudo may ask for a password, which it does on the terminal itself. */
async function asRoot(become, [program, ...args]) {
  const variables = become.length > 0 ? ['env', ...Object.entries(UNASKED).map((pair) => pair.join('='))] : [];
  const command = [...become, ...variables, program, ...(program === 'apt-get' ? APT_WAITS : []), ...args];
  const env = { ...process.env, ...UNASKED };
  return run(command[0], command.slice(1), { env, stdin: become[0] === 'sudo' ? 'inherit' : 'ignore' });
}

async function installPackages(system, packages) {
  const refresh = refreshCommand(system.manager);
  const install = installCommand(system.manager, packages);
  let isFresh = false;
  if (refresh && system.manager === 'apt' && !aptHasLists()) {
    const { code, output } = await asRoot(system.become, refresh);
    isFresh = true;
    if (code !== 0) return { code, output };
  }
  const first = await asRoot(system.become, install);
  if (first.code === 0 || isFresh || !refresh || looksOffline(first.output)) return first;
  // old lists name versions that the mirror no longer has
  const { code, output } = await asRoot(system.become, refresh);
  return code === 0 ? asRoot(system.become, install) : { code, output: first.output + output };
}

/** All at once; where that fails with a network there, one by one, since one unknown name stops a whole install. */
async function installNeeds(system, needs, say) {
  const all = await installPackages(system, packagesFor(needs, system.manager, system.osId));
  if (all.code === 0) return;
  const offline = looksOffline(all.output);
  say(
    `That did not work${offline ? ': the package mirror can not be reached (no network?)' : ''}:\n${lastLines(all.output, 5)}`,
  );
  if (offline || needs.length === 1) return;
  for (const need of needs) {
    const packages = packagesFor([need], system.manager, system.osId);
    if (packages.length > 0) await asRoot(system.become, installCommand(system.manager, packages));
  }
}

const listWhats = (needs) => needs.map((need) => need.what).join(', ');

function sayStillMissing(needs, system, say) {
  const packages = system.manager ? packagesFor(needs, system.manager, system.osId) : [];
  for (const need of needs) say(`  missing: ${need.what}; without it ${need.lost}`);
  if (packages.length > 0) {
    const sudo = process.getuid?.() === 0 ? [] : ['sudo'];
    say(
      `  To get ${needs.length === 1 ? 'it' : 'them'}: ${[...sudo, ...installCommand(system.manager, packages)].join(' ')}`,
    );
  } else {
    say('  This system is not one whose packages Vivarium knows; install them by its own means.');
  }
}

/**
 * Sees to the needs of `purpose` ('start' | 'test' | 'browser' | 'all'). Returns those that are still missing.
 * A try that failed is remembered and not repeated at every start; `again` forgets that.
 */
export async function installSystemPackages({ purpose, say, again = false, mayInstall = true }) {
  const missing = missingNeeds(NEEDS, purpose);
  if (missing.length === 0) return [];
  const system = describeSystem();
  const key = `system:${purpose}`;
  const fingerprint = missing.map((need) => need.id).join(' ');
  const canTry = mayInstall && system.manager !== undefined && system.become !== undefined;
  if (canTry && (again || recall(key) !== fingerprint)) {
    const command = [
      ...system.become,
      ...installCommand(system.manager, packagesFor(missing, system.manager, system.osId)),
    ];
    say(`Missing on this system: ${listWhats(missing)}.\nInstalling (a minute or two): ${command.join(' ')}`);
    await installNeeds(system, missing, say);
  }
  const still = missingNeeds(NEEDS, purpose);
  remember(key, still.length > 0 ? still.map((need) => need.id).join(' ') : undefined);
  if (still.length > 0) sayStillMissing(still, system, say);
  return still;
}

// Small systems for tests to boot, in .cache/guests: ISO images of grub-rescue-pc and memtest86+, Debian's cloud kernel, busybox and qemu-ga. They
// are fetched with `apt-get download` and unpacked with `dpkg-deb -x`: no root, nothing is installed.
// usage: node tools/guests.mjs prints the folder.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CACHE } from './setup/project.mjs';
import { lastLines, run } from './setup/run.mjs';
import { which } from './setup/which.mjs';

const GUESTS = path.join(CACHE, 'guests');

const PACKAGES = ['grub-rescue-pc', 'memtest86+', 'linux-image-cloud-amd64', 'busybox-static', 'qemu-guest-agent'];

/** linux-image-cloud-amd64 is an empty package that depends on the kernel of the day. */
async function realName(name) {
  if (name !== 'linux-image-cloud-amd64') return name;
  const { output } = await run('apt-cache', ['depends', '--important', name]);
  return /Depends: (linux-image-\S+-cloud-amd64)/.exec(output)?.[1] ?? name;
}

/** Two runs at once: the second finds the folder taken, and it holds the same. */
function moveUnlessThere(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

async function fetchPackage(name) {
  const into = path.join(GUESTS, name);
  if (existsSync(into)) return undefined;
  mkdirSync(GUESTS, { recursive: true });
  const work = mkdtempSync(path.join(GUESTS, '.fetch-'));
  try {
    const real = await realName(name);
    // the sandbox user _apt can not write here, and apt warns about it; as root it goes on as root
    const got = await run('apt-get', ['download', '-q', real], { cwd: work });
    const deb = readdirSync(work).find((file) => file.endsWith('.deb'));
    if (got.code !== 0 || !deb) return `${name}: ${lastLines(got.output, 2)}`;
    const unpacked = await run('dpkg-deb', ['-x', path.join(work, deb), path.join(work, 'root')]);
    if (unpacked.code !== 0) return `${name}: ${lastLines(unpacked.output, 2)}`;
    moveUnlessThere(path.join(work, 'root'), into);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Fetches what is missing and returns the folder, one folder a package in it (as `dpkg-deb -x` lays it out). Returns undefined on a system
 * without apt; what can not be fetched is told, and the tests that need it skip with a reason.
 */
export async function fetchGuests({ say }) {
  if (PACKAGES.every((name) => existsSync(path.join(GUESTS, name)))) return GUESTS;
  if (!which('apt-get') || !which('dpkg-deb')) {
    say('Guests for tests come from Debian packages; this system has no apt, so tests that boot them are skipped.');
    return existsSync(GUESTS) ? GUESTS : undefined;
  }
  say(`Fetching guests for the tests into .cache/guests: apt-get download ${PACKAGES.join(' ')}`);
  let problems = await fetchAll();
  if (problems.length > 0 && process.getuid?.() === 0) {
    await run('apt-get', ['update', '-q']);
    problems = await fetchAll();
  }
  for (const problem of problems) say(`Could not fetch ${problem}`);
  return GUESTS;
}

async function fetchAll() {
  const problems = [];
  for (const name of PACKAGES) {
    const problem = await fetchPackage(name);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = await fetchGuests({ say: (text) => console.error(text) });
  if (folder) console.log(folder);
  else process.exitCode = 1;
}

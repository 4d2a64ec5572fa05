// Builds the demo guest, a Linux that boots in seconds to a shell, in the user's cache. It is built beside its place and renamed into it, so a
// half-built one is never used, and of two builders at once the second finds it done. The folder's name is the hash of the recipe.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { execa } from 'execa';
import { VirError, virError } from '../../common/errors.ts';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { FIRST_MODULES, INIT, LATER_MODULES, PROFILE, START, UDHCPC } from './demo-scripts.ts';
import { type DemoSources, findSources, getSources } from './demo-sources.ts';

export interface DemoGuest {
  /** Paths for -kernel and -initrd. */
  readonly kernel: string;
  readonly initrd: string;
  readonly cmdline: string;
}

export interface DemoGuestOptions {
  /** The cache folder of Vivarium; the guest goes into its `demo/`. */
  readonly cacheDir: string;
  readonly signal?: AbortSignal | undefined;
  /** What is being done, in a few words. */
  readonly onProgress?: ((text: string) => void) | undefined;
  /** Folders that have the packages unpacked already (boot/, lib/modules/, bin/busybox); nothing is downloaded then. */
  readonly unpackedRoots?: readonly string[] | undefined;
}

const CMDLINE = 'console=tty1 console=ttyS0 quiet loglevel=3 mitigations=off no_timer_check panic=-1';
const FOLDERS = ['bin', 'sbin', 'dev', 'etc', 'lib', 'lib/first', 'lib/later', 'proc', 'root', 'run', 'sys', 'tmp'];
const OWN_COMMANDS = ['busybox', 'init', 'linuxrc', 'poweroff', 'reboot'];
const STALE_BUILD_MS = 24 * 3600 * 1000;
const pack = promisify(gzip);

const recipeHash = (): string =>
  createHash('sha256')
    .update(JSON.stringify([CMDLINE, FOLDERS, FIRST_MODULES, LATER_MODULES, INIT, START, UDHCPC, PROFILE]))
    .digest('hex')
    .slice(0, 12);

const script = (path: string, text: string): CpioEntry => ({
  kind: 'file',
  path,
  mode: 0o755,
  data: Buffer.from(text),
});

/** Module name → file below `dir`; a module file may be compressed, which busybox's insmod sees itself. */
async function findModules(dir: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(join(dir, 'kernel'), { recursive: true, withFileTypes: true });
  const modules = new Map<string, string>();
  for (const entry of entries) {
    const name = /^(.+)\.ko(\.xz|\.gz)?$/.exec(entry.name)?.[1];
    if (name && entry.isFile()) modules.set(name.replaceAll('_', '-'), join(entry.parentPath, entry.name));
  }
  return modules;
}

/** The modules of one group, numbered in the order of loading. */
async function moduleEntries(
  files: ReadonlyMap<string, string>,
  folder: string,
  names: readonly string[],
): Promise<CpioEntry[]> {
  const found = names.flatMap((name) => files.get(name.replaceAll('_', '-')) ?? []);
  return Promise.all(
    found.map(async (file, index): Promise<CpioEntry> => {
      const path = `lib/${folder}/${String(index).padStart(2, '0')}-${basename(file)}`;
      return { kind: 'file', path, mode: 0o644, data: await readFile(file) };
    }),
  );
}

/** The commands that this busybox has: it is asked on the host, because asking in the guest costs every boot. */
async function listApplets(busybox: string, signal?: AbortSignal): Promise<readonly string[]> {
  const { stdout } = await execa(busybox, ['--list'], { timeout: 10_000, ...(signal ? { cancelSignal: signal } : {}) });
  return stdout.split('\n').filter((name) => /^[\w[.-]+$/.test(name) && !OWN_COMMANDS.includes(name));
}

async function formatInitrd({ modules, busybox }: DemoSources, applets: readonly string[]): Promise<Buffer> {
  const files = await findModules(modules);
  const entries: CpioEntry[] = [
    ...FOLDERS.map((path): CpioEntry => ({ kind: 'directory', path })),
    { kind: 'file', path: 'bin/busybox', mode: 0o755, data: await readFile(busybox) },
    ...applets.map((name): CpioEntry => ({ kind: 'symlink', path: `bin/${name}`, target: 'busybox' })),
    { kind: 'symlink', path: 'sbin/init', target: '../bin/busybox' },
    script('init', INIT),
    script('etc/start', START),
    script('etc/udhcpc', UDHCPC),
    script('etc/profile', PROFILE),
    // busybox's own ask init, which waits two seconds for processes that nobody here minds
    script('bin/poweroff', '#!/bin/sh\nsync\nexec busybox poweroff -f\n'),
    script('bin/reboot', '#!/bin/sh\nsync\nexec busybox reboot -f\n'),
    script('etc/passwd', 'root::0:0:root:/root:/bin/sh\n'),
    ...(await moduleEntries(files, 'first', FIRST_MODULES)),
    ...(await moduleEntries(files, 'later', LATER_MODULES)),
  ];
  return pack(writeCpio(entries));
}

async function writeSynced(path: string, data: Buffer): Promise<void> {
  await writeFile(path, data);
  const file = await open(path);
  await file.sync();
  await file.close();
}

const existingGuest = async (dir: string): Promise<DemoGuest | undefined> => {
  const [kernel, initrd] = [join(dir, 'vmlinuz'), join(dir, 'initrd.img')];
  try {
    await Promise.all([stat(kernel), stat(initrd)]);
    return { kernel, initrd, cmdline: CMDLINE };
  } catch {
    return undefined; // not built yet
  }
};

/** What an interrupted builder left, once nobody can be working in it any more. */
async function removeStaleBuilds(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const age =
      Date.now() -
      (await stat(path).then(
        (info) => info.mtimeMs,
        () => Date.now(),
      ));
    if (name.startsWith('.build-') && age > STALE_BUILD_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Of two builders at once the second finds the place taken, by the same guest. */
async function renameUnlessBuilt(work: string, place: string): Promise<void> {
  try {
    await rename(work, place);
  } catch (error) {
    if (!(await existingGuest(place))) throw error;
  }
}

function explain(error: unknown, signal: AbortSignal | undefined): VirError {
  if (error instanceof VirError) return error;
  if (signal?.aborted) return virError('OPERATION_ABORTED', 'building the demo guest was cancelled', { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return virError('SYSTEM_ERROR', `the demo guest could not be built: ${message}`, { cause: error });
}

async function buildInto(work: string, options: DemoGuestOptions): Promise<void> {
  const onProgress = options.onProgress ?? (() => undefined);
  const given = options.unpackedRoots && (await findSources(options.unpackedRoots));
  const fetched = join(work, 'fetch');
  await mkdir(fetched);
  const sources = given ?? (await getSources(fetched, { signal: options.signal, onProgress }));
  onProgress('Packing the demo guest');
  await writeSynced(
    join(work, 'initrd.img'),
    await formatInitrd(sources, await listApplets(sources.busybox, options.signal)),
  );
  await copyFile(sources.kernel, join(work, 'vmlinuz'));
  await rm(fetched, { recursive: true, force: true });
}

/**
 * The demo guest, built if need be: at once when it is there, seconds and about 30 MB of download the first time. May be called by several at
 * once. Throws NO_SUPPORT (nothing to build it from; the message says what to get), OPERATION_ABORTED (`signal`), SYSTEM_ERROR (no room, no rights).
 */
export async function buildDemoGuest(options: DemoGuestOptions): Promise<DemoGuest> {
  const parent = join(options.cacheDir, 'demo');
  const place = join(parent, recipeHash());
  const existing = await existingGuest(place);
  if (existing) return existing;
  if (process.arch !== 'x64') throw virError('NO_SUPPORT', 'the demo guest is built on x86-64 hosts only');
  try {
    await mkdir(parent, { recursive: true, mode: 0o700 });
    await removeStaleBuilds(parent);
    const work = await mkdtemp(join(parent, '.build-'));
    try {
      await buildInto(work, options);
      await renameUnlessBuilt(work, place);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } catch (error) {
    throw explain(error, options.signal);
  }
  const built = await existingGuest(place);
  if (!built) throw virError('OPERATION_FAILED', `the demo guest was removed from ${parent} while it was being built`);
  return built;
}

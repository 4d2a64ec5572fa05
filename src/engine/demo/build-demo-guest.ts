// Builds the demo guest, a Linux that boots in seconds to a shell, in the user's cache. It is built beside its place and renamed into it, so a
// half-built one is never used, and of two builders at once the second finds it done. The folder's name is the hash of the recipe.
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VirError, virError } from '../../common/errors.ts';
import { findSources, getSources } from './demo-sources.ts';
import { INITRD_RECIPE, packInitrd } from './initrd.ts';

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
const STALE_BUILD_MS = 24 * 3600 * 1000;

const recipeHash = (): string =>
  createHash('sha256')
    .update(JSON.stringify([CMDLINE, INITRD_RECIPE]))
    .digest('hex')
    .slice(0, 12);

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
  await writeSynced(join(work, 'initrd.img'), await packInitrd(sources, options.signal));
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

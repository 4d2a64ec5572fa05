// Where the parts of the demo guest come from: Debian's cloud kernel (small, quick to boot) and its static busybox, downloaded by apt and
// unpacked with dpkg-deb, which needs no root and installs nothing; else the host's own kernel and busybox.
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { virError } from '../../common/errors.ts';

export interface DemoSources {
  readonly kernel: string;
  /** The folder of the kernel's modules, …/lib/modules/VERSION. */
  readonly modules: string;
  /** A static busybox. */
  readonly busybox: string;
}

export interface FetchOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (text: string) => void;
}

const DOWNLOAD_TIMEOUT_MS = 300_000;
const ELF_INTERPRETER = 3; // PT_INTERP: who has one is linked dynamically

/** Kernel packages that depend on the kernel of the day: Debian's, Ubuntu's. */
const KERNEL_PACKAGES = ['linux-image-cloud-amd64', 'linux-image-virtual'];

const listOrNothing = async (dir: string): Promise<readonly string[]> => {
  try {
    return (await readdir(dir)).sort();
  } catch {
    return []; // a folder that is missing has nothing for us
  }
};

/** Reads the program headers of an x86-64 ELF file: is it a program that needs no libraries? */
export async function isStaticProgram(path: string): Promise<boolean> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch {
    return false; // not there, or not ours to read: not usable, which is all that is asked
  }
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    if (bytesRead < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2 || head.readUInt16LE(18) !== 62)
      return false;
    const offset = Number(head.readBigUInt64LE(32));
    const [size, count] = [head.readUInt16LE(54), head.readUInt16LE(56)];
    if (size < 4 || offset + size * count > bytesRead) return false;
    return !Array.from({ length: count }, (_, i) => head.readUInt32LE(offset + i * size)).includes(ELF_INTERPRETER);
  } finally {
    await file.close();
  }
}

const BUSYBOXES = ['bin/busybox', 'usr/bin/busybox', 'usr/lib/busybox/busybox-static'];

async function findBusybox(roots: readonly string[]): Promise<string | undefined> {
  for (const path of roots.flatMap((root) => BUSYBOXES.map((name) => join(root, name)))) {
    if (await isStaticProgram(path)) return path;
  }
  return undefined;
}

/** The newest kernel below `root` that can be read and has its modules. */
async function findKernel(root: string): Promise<Omit<DemoSources, 'busybox'> | undefined> {
  const names = (await listOrNothing(join(root, 'boot'))).filter((name) => name.startsWith('vmlinuz-')).reverse();
  for (const name of names) {
    const kernel = join(root, 'boot', name);
    for (const dir of ['lib/modules', 'usr/lib/modules']) {
      const modules = join(root, dir, name.slice('vmlinuz-'.length));
      if ((await listOrNothing(modules)).includes('kernel') && (await isReadable(kernel))) return { kernel, modules };
    }
  }
  return undefined;
}

/** Kernel and busybox below `roots` (folders laid out as a system is), or undefined where one of them is missing. */
export async function findSources(roots: readonly string[]): Promise<DemoSources | undefined> {
  const busybox = await findBusybox(roots);
  if (busybox === undefined) return undefined;
  for (const root of roots) {
    const kernel = await findKernel(root);
    if (kernel) return { ...kernel, busybox };
  }
  return undefined;
}

/** Ubuntu lets only root read its kernels. */
async function isReadable(path: string): Promise<boolean> {
  try {
    await (await open(path)).close();
    return true;
  } catch {
    return false;
  }
}

/** One command with a deadline. `undefined` where it is missing or fails: the caller has another way. */
async function tryCommand(file: string, args: readonly string[], cwd: string, signal?: AbortSignal) {
  const result = await execa(file, args, {
    cwd,
    reject: false,
    stdin: 'ignore',
    timeout: DOWNLOAD_TIMEOUT_MS,
    forceKillAfterDelay: 2000,
    ...(signal ? { cancelSignal: signal } : {}),
    env: { LC_ALL: 'C' },
  });
  signal?.throwIfAborted();
  return result.exitCode === 0 ? result.stdout : undefined;
}

/** The names of the packages with a kernel and its modules. Debian has both in one; Ubuntu has the modules apart. */
async function findKernelPackages(dir: string, signal?: AbortSignal): Promise<readonly string[]> {
  for (const name of KERNEL_PACKAGES) {
    const depends = await tryCommand('apt-cache', ['depends', '--important', name], dir, signal);
    const image = /Depends: (linux-image-\d\S*)/.exec(depends ?? '')?.[1];
    if (!image) continue;
    const modules = image.replace('linux-image-', 'linux-modules-');
    const shown = await tryCommand('apt-cache', ['show', modules], dir, signal);
    return shown ? [image, modules] : [image];
  }
  return [];
}

/** Downloads and unpacks the packages into `dir`. Returns undefined where apt is missing or can not get them. */
export async function fetchSources(
  dir: string,
  { signal, onProgress }: FetchOptions,
): Promise<DemoSources | undefined> {
  const packages = [...(await findKernelPackages(dir, signal)), 'busybox-static'];
  if (packages.length < 2) return undefined;
  onProgress(`Downloading ${packages.join(', ')}`);
  if ((await tryCommand('apt-get', ['download', ...packages], dir, signal)) === undefined) return undefined;
  const root = join(dir, 'root');
  for (const deb of (await readdir(dir)).filter((name) => name.endsWith('.deb'))) {
    onProgress(`Unpacking ${deb.split('_')[0]}`);
    if ((await tryCommand('dpkg-deb', ['-x', join(dir, deb), root], dir, signal)) === undefined) return undefined;
    await rm(join(dir, deb));
  }
  return findSources([root]);
}

/** Downloaded, else the host's own. Throws NO_SUPPORT, which says what to get, where there is neither. */
export async function getSources(dir: string, options: FetchOptions): Promise<DemoSources> {
  const found = (await fetchSources(dir, options)) ?? (await findSources(['/']));
  if (found) return found;
  throw virError(
    'NO_SUPPORT',
    'the demo guest needs a Linux kernel and a static busybox: with apt there, run "sudo apt-get update" and try again; ' +
      'elsewhere install a static busybox, and make /boot/vmlinuz-* readable',
  );
}

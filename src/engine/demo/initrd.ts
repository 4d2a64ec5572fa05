// The demo guest's initramfs: a static busybox, the scripts of demo-scripts.ts, and what modules the kernel has for them.
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { execa } from 'execa';
import { type CpioEntry, writeCpio } from './cpio.ts';
import { FIRST_MODULES, INIT, LATER_MODULES, PROFILE, START, UDHCPC } from './demo-scripts.ts';
import type { DemoSources } from './demo-sources.ts';

/** All that the result depends on beside its sources; the number stands for the code below. */
export const INITRD_RECIPE = [1, FIRST_MODULES, LATER_MODULES, INIT, START, UDHCPC, PROFILE] as const;

const FOLDERS = ['bin', 'sbin', 'dev', 'etc', 'lib', 'lib/first', 'lib/later', 'proc', 'root', 'run', 'sys', 'tmp'];
const OWN_COMMANDS = ['busybox', 'init', 'linuxrc', 'poweroff', 'reboot'];
const pack = promisify(gzip);

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

/** The initramfs, packed: busybox and its names, our scripts, the kernel's modules that they load. */
export async function packInitrd({ modules, busybox }: DemoSources, signal?: AbortSignal): Promise<Buffer> {
  const [files, applets] = await Promise.all([findModules(modules), listApplets(busybox, signal)]);
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

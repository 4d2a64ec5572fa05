// Figures of this host, and which emulator it has.
import { access, constants, readdir, statfs } from 'node:fs/promises';
import { cpus, freemem, hostname, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { virError } from '../../../common/errors.ts';
import type { HostInfo } from '../../../common/model/host.ts';
import type { DriverContext } from '../context.ts';

const NAMES = ['qemu-system-x86_64', 'qemu-kvm'];
const EXTRA_PLACES = ['/usr/bin', '/usr/libexec', '/usr/local/bin'];

/** The emulator for x86_64 on this host: VIVARIUM_EMULATOR, else the first in PATH. Throws NO_SUPPORT with how to get one. */
export async function findEmulator(env: Readonly<Record<string, string | undefined>> = process.env): Promise<string> {
  if (env.VIVARIUM_EMULATOR) return env.VIVARIUM_EMULATOR;
  const places = [...(env.PATH ?? '').split(delimiter).filter((place) => place.startsWith('/')), ...EXTRA_PLACES];
  for (const place of places) {
    for (const name of NAMES) {
      const path = join(place, name);
      if (
        await access(path, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
  }
  throw virError(
    'NO_SUPPORT',
    'QEMU is not installed; install it (Debian: apt install qemu-system-x86, Fedora: dnf install qemu-kvm) and try again',
  );
}

async function freeBytes(dir: string): Promise<number> {
  for (let path = dir; ; path = join(path, '..')) {
    const found = await statfs(path).catch(() => undefined); // not made yet: its parent's file system counts
    if (found) return found.bavail * found.bsize;
    if (path === '/') return 0;
  }
}

async function listBridges(): Promise<string[]> {
  const names = await readdir('/sys/class/net').catch(() => []); // no sysfs, no bridges
  const isBridge = await Promise.all(
    names.map((name) =>
      access(`/sys/class/net/${name}/bridge`).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, index) => isBridge[index]);
}

const versionText = (version: number): string =>
  `${Math.floor(version / 1e6)}.${Math.floor(version / 1e3) % 1000}.${version % 1000}`;

export async function hostInfo(context: DriverContext): Promise<HostInfo> {
  const emulator = await findEmulator().catch(() => undefined); // said by the doctor
  const capabilities = emulator === undefined ? undefined : await context.capabilities(emulator).catch(() => undefined); // likewise
  const [accelerator, free, bridges, firmwares] = await Promise.all([
    context.accelerator.find(),
    freeBytes(context.paths.imageDir),
    listBridges(),
    context.firmwares(),
  ]);
  return {
    hostName: hostname(),
    cpus: cpus().length,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    memoryKiB: Math.floor(totalmem() / 1024),
    freeMemoryKiB: Math.floor(freemem() / 1024),
    imageDir: context.paths.imageDir,
    freeImageBytes: free,
    accelerator: accelerator.kind,
    hasUefi: firmwares.length > 0,
    bridges,
    ...(emulator === undefined ? {} : { emulator }),
    ...(capabilities ? { emulatorVersion: versionText(capabilities.version) } : {}),
    ...(accelerator.kind === 'tcg' ? { acceleratorReason: accelerator.reason } : {}),
  };
}

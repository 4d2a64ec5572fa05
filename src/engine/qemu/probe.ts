// Asks an emulator what it can do: one short-lived `-machine none` process, the commands that def/capabilities.ts wants, its answers. Cached in memory
// and on disk by the binary's path, size and mtime; libvirt (virQEMUCapsInitQMP) does the same by ctime.
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toVirError, virError } from '../../common/errors.ts';
import { writeDurable } from '../state/durable-file.ts';
import {
  capabilitiesFromTranscript,
  PROBE_COMMANDS,
  type QemuCapabilities,
  type TranscriptEntry,
} from './def/capabilities.ts';
import { Monitor } from './monitor.ts';
import { killQemu, MONITOR_FD, spawnQemu } from './process.ts';

/** Raise when capabilitiesFromTranscript reads more or other things: older cache files are then ignored. */
const CACHE_FORMAT = 1;
const PROBE_TIMEOUT_MS = 30_000;
/** 7.2, in libvirt's form. */
const OLDEST_VERSION = 7_002_000;

export interface ProbeOptions {
  readonly emulator: string;
  readonly cacheDir: string;
}

/** The words that run `emulator` for questions only. */
const probeArgv = (emulator: string): string[] => [
  emulator,
  '-S',
  '-no-user-config',
  '-nodefaults',
  '-display',
  'none',
  '-machine',
  'none,accel=kvm:tcg',
  '-chardev',
  `socket,id=monitor,fd=${MONITOR_FD},server=on,wait=off`,
  '-mon',
  'chardev=monitor,mode=control',
];

/** Runs the emulator and collects its answers. An error as an answer is kept as `reply: undefined`. Throws NO_SUPPORT with its last words. */
export async function probeTranscript(emulator: string, startId = 'probe'): Promise<TranscriptEntry[]> {
  const dir = await mkdtemp(join(tmpdir(), 'vivarium-probe-'));
  try {
    return await probeIn(dir, emulator, startId);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function probeIn(dir: string, emulator: string, startId: string): Promise<TranscriptEntry[]> {
  const monitorPath = join(dir, 'monitor.sock');
  const qemu = await spawnQemu({ argv: probeArgv(emulator), startId, monitorPath, logPath: join(dir, 'log') });
  try {
    const death = new AbortController();
    void qemu.exited.then(() => death.abort());
    const monitor = await Monitor.open({ path: monitorPath, signal: death.signal, timeoutMs: PROBE_TIMEOUT_MS });
    try {
      const ask = async (command: (typeof PROBE_COMMANDS)[number]): Promise<TranscriptEntry> => {
        const reply = await monitor.executeRaw(command.execute, command.arguments).catch((error: unknown) => {
          if (monitor.isClosed) throw error;
          return undefined; // a refusal is an answer too
        });
        return { ...command, reply };
      };
      return await Promise.all(PROBE_COMMANDS.map(ask));
    } finally {
      monitor.close();
    }
  } catch (error) {
    const words = await qemu.lastWords();
    const { message } = toVirError(error);
    throw virError(
      'NO_SUPPORT',
      `the emulator ${emulator} does not answer (${words.split('\n').at(-1) || message}); reinstall QEMU, or correct <emulator>`,
      { detail: words, cause: error },
    );
  } finally {
    await killQemu(qemu.identity);
  }
}

/** Which content of which binary. At once: each definition asks, and a turn through the thread pool takes longer than the look. */
function stampOf(emulator: string): string {
  try {
    const { size, mtimeMs } = statSync(emulator);
    return JSON.stringify([CACHE_FORMAT, emulator, size, mtimeMs]);
  } catch (error) {
    throw virError(
      'NO_SUPPORT',
      `the emulator ${emulator} does not exist; install QEMU (package qemu-system-x86), or correct <emulator>`,
      { cause: error },
    );
  }
}

const readCache = async (path: string): Promise<QemuCapabilities | undefined> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as QemuCapabilities; // our own file, named by what it depends on
  } catch {
    return undefined; // absent or damaged: probe anew
  }
};

export function createCapabilitiesProbe(
  cacheDir: string,
  startId = 'probe',
): (emulator: string) => Promise<QemuCapabilities> {
  const known = new Map<string, Promise<QemuCapabilities>>();
  const dir = join(cacheDir, 'capabilities');

  const probe = async (emulator: string, path: string): Promise<QemuCapabilities> => {
    const cached = await readCache(path);
    if (cached) return cached;
    const capabilities = capabilitiesFromTranscript(await probeTranscript(emulator, startId));
    if (capabilities.version < OLDEST_VERSION)
      throw virError('NO_SUPPORT', `the emulator ${emulator} is too old: Vivarium needs QEMU 7.2 or newer`);
    await mkdir(dir, { recursive: true }).catch(() => undefined); // the write says why
    await writeDurable(path, JSON.stringify(capabilities)).catch(() => undefined); // without a cache the next engine probes again
    return capabilities;
  };

  return async (emulator) => {
    const stamp = stampOf(emulator);
    const existing = known.get(stamp);
    if (existing) return existing;
    const key = createHash('sha256').update(stamp).digest('hex').slice(0, 32);
    const made = probe(emulator, join(dir, `${key}.json`));
    known.set(stamp, made);
    made.catch(() => known.delete(stamp));
    return made;
  };
}

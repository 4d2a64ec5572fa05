// One QEMU process: spawned detached, so that it outlives us, or taken over from an engine that died. The QMP socket is listened on by us and
// handed to QEMU as a descriptor: whoever connects after the spawn waits in its backlog, so there is nothing to retry.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { virError } from '../../common/errors.ts';
import { pause, withDeadline } from '../util/deadline.ts';
import {
  identifyProcess,
  isSameProcess,
  isStopped,
  type ProcessIdentity,
  START_ID_VARIABLE,
} from './process-identity.ts';

/** The descriptor on which QEMU finds its listening QMP socket. */
export const MONITOR_FD = 3;
/** The descriptor of the saved file from which it is to go on, where there is one. */
export const INCOMING_FD = 4;
const EXIT_POLL_MS = 20;
const TERM_GRACE_MS = 5_000;
const LAST_WORDS_BYTES = 16 * 1024;

export interface QemuExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

export interface QemuProcess {
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone; codes are known only for our own children. */
  readonly exited: Promise<QemuExit>;
  /** What it wrote to its log since its start, at most the last 16 KiB. */
  lastWords(): Promise<string>;
}

export interface SpawnOptions {
  readonly argv: readonly string[];
  readonly startId: string;
  readonly monitorPath: string;
  readonly logPath: string;
  /** What the definition adds to QEMU's environment (<qemu:env>). */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** An open file that QEMU inherits as INCOMING_FD. It stays the caller's to close. */
  readonly incomingFd?: number | undefined;
}

/** Listens at `path` and returns the server, whose descriptor the child inherits. */
async function listenForMonitor(path: string): Promise<{ readonly server: Server; readonly fd: number }> {
  const server = createServer();
  const temporary = `${path}.new`;
  try {
    rmSync(temporary, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.on('error', reject);
      server.listen(temporary, resolve);
    });
    // libuv unlinks the name that it bound when the server is closed; under another name the socket stays.
    renameSync(temporary, path);
    const fd = (server as unknown as { _handle?: { fd?: number } })._handle?.fd;
    if (fd === undefined || fd < 0) throw virError('INTERNAL_ERROR', 'the listening socket has no descriptor');
    return { server, fd };
  } catch (error) {
    server.close();
    throw error;
  }
}

function childExit(child: ChildProcess): Promise<QemuExit> {
  return new Promise((resolve) =>
    child.once('exit', (exitCode, signal) => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined })),
  );
}

function spawned(child: ChildProcess, emulator: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) => {
      const why =
        'code' in error && error.code === 'ENOENT'
          ? 'there is no such program; install QEMU, or correct <emulator> in the definition'
          : error.message;
      reject(virError('NO_SUPPORT', `the emulator ${emulator} can't be run: ${why}`, { cause: error }));
    });
  });
}

/** At most the last 16 KiB behind `offset`: a guest can make its QEMU write a log of any size. */
export async function readLogFrom(path: string, offset: number): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined); // no log, no words
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(offset, size - LAST_WORDS_BYTES);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.max(0, size - start)),
      0,
      Math.max(0, size - start),
      start,
    );
    return buffer.subarray(0, bytesRead).toString('utf8').trim();
  } finally {
    await file.close();
  }
}

/** Spawns QEMU. Throws NO_SUPPORT where the emulator can't be executed. The process is returned as soon as it exists; it may die at once. */
export async function spawnQemu(options: SpawnOptions): Promise<QemuProcess> {
  const { argv, startId, monitorPath, logPath, env = {}, incomingFd } = options;
  const [emulator = '', ...args] = argv;
  // Each of these is a moment's work in the kernel, and until the spawn nothing else goes on: a thread pool's round trips would take ten times as long.
  const log = openSync(logPath, 'a', 0o600);
  const { server, fd } = await listenForMonitor(monitorPath).catch((error: unknown) => {
    closeSync(log);
    throw error;
  });
  try {
    const logStart = fstatSync(log).size;
    writeSync(log, `${new Date().toISOString()}: starting up\n${argv.map(quoteForLog).join(' ')}\n`);
    const wordsStart = fstatSync(log).size;
    const child = spawn(emulator, args, {
      detached: true,
      cwd: '/',
      stdio: ['ignore', log, log, fd, ...(incomingFd === undefined ? [] : [incomingFd])],
      env: { ...process.env, ...env, [START_ID_VARIABLE]: startId },
    });
    const exited = childExit(child);
    const pid = await spawned(child, emulator);
    child.unref();
    const identity = await identifyProcess(pid).catch((error: unknown) => {
      child.kill('SIGKILL'); // whom we can't name we can't supervise
      throw error;
    });
    return {
      identity: identity ?? { pid, startTime: 'gone' },
      exited,
      lastWords: () => readLogFrom(logPath, Math.max(logStart, wordsStart)),
    };
  } finally {
    server.close();
    closeSync(log);
  }
}

/** Takes over a process that another engine spawned. Its end is seen by polling /proc: only a parent is told. */
export async function adoptQemu(identity: ProcessIdentity, logPath: string): Promise<QemuProcess> {
  const size = await stat(logPath).then(
    (found) => found.size,
    () => 0,
  );
  const watch = async (): Promise<QemuExit> => {
    // Four times a second is enough for a death that nobody caused: one that we caused is polled for by `killQemu`.
    while (await isSameProcess(identity).catch(() => true)) await pause(250);
    return { exitCode: undefined, signal: undefined };
  };
  return { identity, exited: watch(), lastWords: () => readLogFrom(logPath, size) };
}

const quoteForLog = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error; // ESRCH: it was quicker
  }
}

/** Whether it is gone within `timeoutMs`. */
export async function waitGone(identity: ProcessIdentity, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
  const end = performance.now() + timeoutMs; // the clock on the wall may jump
  while (await isSameProcess(identity)) {
    if (performance.now() >= end || signal?.aborted) return false;
    await pause(EXIT_POLL_MS);
  }
  return true;
}

export interface KillOptions {
  readonly graceful?: boolean;
  /** Aborted: a graceful end is waited for no longer. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Ends the process: SIGTERM, on which QEMU flushes its disks, then SIGKILL where that does not help (at once where the process is stopped and so
 * can't hear). `graceful` never goes as far as SIGKILL: RESOURCE_BUSY then. Returns when the process is gone. libvirt: qemuProcessKill.
 */
export async function killQemu(
  identity: ProcessIdentity,
  { graceful = false, signal }: KillOptions = {},
): Promise<void> {
  if (!(await isSameProcess(identity))) return;
  const { pid } = identity;
  if (graceful || !(await isStopped(pid))) {
    signalProcess(pid, 'SIGTERM');
    if (await waitGone(identity, TERM_GRACE_MS, graceful ? signal : undefined)) return;
    if (graceful)
      throw virError('RESOURCE_BUSY', `QEMU (process ${pid}) did not end by itself; force it off to kill it`);
  }
  signalProcess(pid, 'SIGKILL');
  if (!(await waitGone(identity, TERM_GRACE_MS))) {
    throw virError(
      'OPERATION_FAILED',
      `QEMU (process ${pid}) does not die; it may hang in the kernel on a device or a network file system`,
    );
  }
}

/** Resolves with the exit, or rejects with OPERATION_TIMEOUT. */
export const waitExit = (qemu: QemuProcess, timeoutMs: number): Promise<QemuExit> =>
  withDeadline(qemu.exited, { timeoutMs, what: `the end of QEMU (process ${qemu.identity.pid})` });

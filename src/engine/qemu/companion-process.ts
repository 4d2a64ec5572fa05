// The processes of companions (command/companion.ts): spawned as our children, known by pid and start time, found again by their command line. They outlive an engine as
// QEMU does, and end by themselves once QEMU has let go of them.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { virError } from '../../common/errors.ts';
import { pause } from '../util/deadline.ts';
import { crashpoint } from '../util/failpoint.ts';
import { type CompanionMark, type CompanionNeed, companionName, readCompanionMark } from './command/companion.ts';
import { type QemuExit, readLogFrom, signalProcess, waitGone } from './process.ts';
import { identifyProcess, isSameProcess, isStopped, type ProcessIdentity } from './process-identity.ts';

/** swtpm listens after 5 ms, passt after 10; a loaded host takes its time. */
const READY_MS = 10_000;
const READY_POLL_MS = 3;
const ADOPTED_POLL_MS = 250;
const TERM_GRACE_MS = 2_000;

export interface Companion extends CompanionNeed {
  readonly identity: ProcessIdentity;
  /** Resolves when the process is gone. */
  readonly exited: Promise<QemuExit>;
  /** What it wrote to its log since its start, at most the last 16 KiB. */
  lastWords(): Promise<string>;
}

export interface CompanionOptions extends CompanionNeed {
  readonly argv: readonly string[];
  readonly socketPath: string;
  /** Written by the process once it listens. */
  readonly pidFile: string;
  /** Takes its output. */
  readonly logPath: string;
  readonly signal?: AbortSignal | undefined;
}

const exitOf = (child: ChildProcess): Promise<QemuExit> =>
  new Promise((resolve) =>
    child.once('exit', (exitCode, signal) => resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined })),
  );

function spawned(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) =>
      reject(virError('NO_SUPPORT', `${program} can't be run: ${error.message}`, { cause: error })),
    );
  });
}

const isWritten = (path: string): Promise<boolean> =>
  readFile(path, 'utf8').then(
    (text) => text.trim() !== '',
    () => false, // not yet
  );

/** Waits until it listens. False where it ended instead, or took too long. */
async function isReady({ pidFile, signal }: CompanionOptions, exited: Promise<unknown>): Promise<boolean> {
  let isOver = false;
  void exited.then(() => {
    isOver = true;
  });
  const end = performance.now() + READY_MS; // the clock on the wall may jump
  while (!(await isWritten(pidFile))) {
    if (isOver || signal?.aborted || performance.now() >= end) return false;
    await pause(READY_POLL_MS);
  }
  return true;
}

/** Starts one, and returns once it listens. Throws NO_SUPPORT (no such program), OPERATION_FAILED with its words, OPERATION_ABORTED; then nothing of it is left. */
export async function spawnCompanion(options: CompanionOptions): Promise<Companion> {
  const { argv, socketPath, logPath, signal, kind, alias } = options;
  const [program = '', ...args] = argv;
  await rm(socketPath, { force: true }); // of one before it, which swtpm does not take the place of
  await mkdir(dirname(logPath), { recursive: true, mode: 0o700 });
  const log = await open(logPath, 'a', 0o600);
  try {
    await log.write(`${new Date().toISOString()}: starting up\n${argv.join(' ')}\n`);
    const wordsStart = (await log.stat()).size;
    const child = spawn(program, args, { detached: true, cwd: '/', stdio: ['ignore', log.fd, log.fd] });
    const exited = exitOf(child);
    const pid = await spawned(child, program);
    child.unref();
    crashpoint(`${companionName(options)} spawned, not yet ready`);
    const identity = await identifyProcess(pid).catch((error: unknown) => {
      child.kill('SIGKILL'); // whom we can't name we can't supervise
      throw error;
    });
    const lastWords = (): Promise<string> => readLogFrom(logPath, wordsStart);
    if (identity && (await isReady(options, exited))) return { kind, alias, identity, exited, lastWords };
    child.kill('SIGKILL');
    await exited;
    if (signal?.aborted) throw virError('OPERATION_ABORTED', `the start of ${kind} was cancelled`);
    throw virError('OPERATION_FAILED', `${kind} did not start for '${alias}'`, { detail: await lastWords() });
  } finally {
    await log.close();
  }
}

/** Takes over one that another engine spawned. Its end is seen by looking: only a parent is told. */
export function adoptCompanion(need: CompanionNeed, identity: ProcessIdentity, logPath: string): Companion {
  const watch = async (): Promise<QemuExit> => {
    while (await isSameProcess(identity).catch(() => true)) await pause(ADOPTED_POLL_MS);
    return { exitCode: undefined, signal: undefined };
  };
  return { ...need, identity, exited: watch(), lastWords: () => readLogFrom(logPath, 0) };
}

/**
 * Sees to it that the process is gone: it has `patienceMs` to end by itself, as it does when QEMU has let go of it; then SIGTERM, then SIGKILL. Throws OPERATION_FAILED
 * where not even that helps.
 */
export async function endCompanion(identity: ProcessIdentity, patienceMs: number): Promise<void> {
  if (await waitGone(identity, patienceMs)) return;
  // One that is stopped can't hear.
  const signals = (await isStopped(identity.pid)) ? (['SIGKILL'] as const) : (['SIGTERM', 'SIGKILL'] as const);
  for (const signal of signals) {
    signalProcess(identity.pid, signal);
    if (await waitGone(identity, TERM_GRACE_MS)) return;
  }
  throw virError('OPERATION_FAILED', `process ${identity.pid} does not die; it may hang in the kernel`);
}

export interface FoundCompanion extends CompanionMark {
  readonly identity: ProcessIdentity;
}

/** The kernel has it at hand, while for a command line it goes into the process's memory. passt runs as 'passt.avx2' where it can. */
function mayBeCompanion(pid: number): boolean {
  try {
    return /^(?:swtpm|passt)/.test(readFileSync(`/proc/${pid}/comm`, 'utf8'));
  } catch {
    return false; // it ended while we looked
  }
}

async function readMark(pid: number): Promise<CompanionMark | undefined> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''); // gone, or not for us
  return readCompanionMark(text.split('\0'));
}

/** All companions of runs whose folders are in `runtimeRoot`, whoever spawned them. */
export async function findCompanions(runtimeRoot: string): Promise<readonly FoundCompanion[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found: FoundCompanion[] = [];
  for (const pid of pids.filter(mayBeCompanion)) {
    const mark = await readMark(pid);
    if (!mark || dirname(mark.runtimeDir) !== runtimeRoot) continue;
    const identity = await identifyProcess(pid);
    if (identity) found.push({ ...mark, identity });
  }
  return found;
}

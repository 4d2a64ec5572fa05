// How a command line call finds the engine: the one that runs, else a background one that it starts. Fifty calls at once start one: who gets the
// launch lock starts it, the others wait for the lock and then find it.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ContractClient } from '../common/contract/client.ts';
import { virError } from '../common/errors.ts';
import { VERSION } from '../common/version.ts';
import {
  connectClient,
  connectCurrent,
  type EnginePaths,
  hasOwnRuntimeDir,
  lockLaunch,
  prepareRuntimeDir,
  resolvePaths,
} from '../engine/client.ts';

const LAUNCH_TIMEOUT_MS = 20_000;

/** Starts a background engine; resolves when it says that it is ready, rejects with its last words. */
function launch(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'engine', 'run'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: '/',
    });
    let words = '';
    const timer = setTimeout(
      () => done(virError('NO_CONNECT', 'the background engine did not get ready in time')),
      LAUNCH_TIMEOUT_MS,
    );
    const done = (error?: Error): void => {
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      child.removeAllListeners();
      child.unref();
      if (error) reject(error);
      else resolve();
    };
    child.stdout?.once('data', () => done());
    child.stderr?.on('data', (chunk) => {
      words += String(chunk);
    });
    child.once('error', (error) => done(error));
    child.once('close', () =>
      done(virError('NO_CONNECT', words.trim().replace(/^error: /, '') || 'the background engine ended at once')),
    );
  });
}

async function connectOrLaunch(paths: EnginePaths): Promise<ContractClient> {
  const lock = await lockLaunch(join(paths.runtimeDir, 'launch.lock'), LAUNCH_TIMEOUT_MS);
  try {
    const found = await connectClient(paths.socket);
    if (found) return found;
    await launch();
    const client = await connectClient(paths.socket);
    if (!client) throw virError('NO_CONNECT', `the engine does not listen on ${paths.socket}`);
    return client;
  } finally {
    lock?.dispose();
  }
}

/** The paths of this user, their runtime folder checked first: a socket in somebody else's folder would be somebody else's engine. */
async function ownPaths(): Promise<EnginePaths> {
  const paths = resolvePaths();
  if (!hasOwnRuntimeDir(paths)) await prepareRuntimeDir(paths);
  return paths;
}

/** A client of the engine, which is started in the background where none runs. Throws NO_CONNECT, OPERATION_DENIED (runtime folder). */
export async function connectToEngine(): Promise<ContractClient> {
  const paths = await ownPaths();
  return (await connectCurrent(paths, VERSION)) ?? connectOrLaunch(paths);
}

/** A client of the engine that runs, or undefined. */
export const connectIfRunning = async (): Promise<ContractClient | undefined> =>
  connectClient((await ownPaths()).socket);

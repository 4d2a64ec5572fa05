// The engine after this one: a background engine that is started before a window lets go of its own, waits for the lock, and takes the guests over at once.
import { spawn } from 'node:child_process';

const READY_MS = 5_000;

export interface SuccessorOptions {
  readonly node: string;
  /** The command line's script. */
  readonly script: string;
}

/** Resolves once it waits for its turn; rejects where it can't be started. What it does afterwards is its own affair. */
export function startSuccessor({ node, script }: SuccessorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, [script, 'engine', 'run', '--take-over'], {
      detached: true,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const timer = setTimeout(() => done(new Error('it did not get ready in time')), READY_MS);
    const done = (error?: Error): void => {
      clearTimeout(timer);
      child.stdout?.destroy();
      child.removeAllListeners();
      child.on('error', () => undefined); // nobody waits for it any more
      child.unref();
      if (error) reject(error);
      else resolve();
    };
    child.stdout?.once('data', () => done());
    child.once('error', done);
    child.once('exit', () => done(new Error('it ended at once')));
  });
}

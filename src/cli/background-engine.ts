// The engine with no window: for command line calls, and for guests whose window was closed. It ends by itself when it is idle and nothing runs.
import { VERSION } from '../common/version.ts';
import { createEngine } from '../engine/index.ts';

const CHECK_MS = 500;

export interface BackgroundOptions {
  readonly idleMs: number;
  /** Waits until the engine that runs has ended. */
  readonly takeOver: boolean;
}

export async function runBackgroundEngine({ idleMs, takeOver }: BackgroundOptions): Promise<void> {
  const ended = Promise.withResolvers<void>();
  process.stdout.on('error', () => undefined); // who started us waits for one line, and closes the pipe
  if (takeOver) process.stdout.write('waiting\n');
  const door = await createEngine({ shell: 'background', version: VERSION, onStopRequest: ended.resolve, takeOver });
  process.stdout.write('ready\n');
  // Another engine was quicker: it is as good.
  if (door.role === 'client') return door.close();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => ended.resolve());
  let idleSince = performance.now();
  const watch = setInterval(() => {
    if (door.isBusy() || door.clientCount() > 0) idleSince = performance.now();
    else if (performance.now() - idleSince >= idleMs) ended.resolve();
  }, CHECK_MS);
  await ended.promise;
  clearInterval(watch);
  await door.close();
  process.exit(0);
}

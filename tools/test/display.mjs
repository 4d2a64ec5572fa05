// A display for tests that open windows: the one that is there, or an Xvfb of our own on a number that it picks itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { which } from '../setup/which.mjs';

/** { env, stop } with DISPLAY in env where there is one. */
export async function openDisplay() {
  const nothing = { env: {}, stop: () => undefined };
  const xvfb = which('Xvfb');
  if (process.env.DISPLAY || !xvfb) return nothing;
  const args = ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'];
  const child = spawn(xvfb, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit').then(
    () => undefined,
    () => undefined,
  );
  const number = await Promise.race([once(child.stdio[3], 'data').then(([data]) => String(data).trim()), ended]);
  if (!number) return nothing;
  return { env: { DISPLAY: `:${number}` }, stop: () => child.kill() };
}

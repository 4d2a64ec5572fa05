// Where things are in a checkout, and the environment in which everything after set-up runs. Runs on Node 18, without dependencies.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const CACHE = path.join(ROOT, '.cache');
export const OUT = path.join(ROOT, 'out');
export const NODE_24 = path.join(ROOT, 'node_modules/node/bin/node');

/** A path inside the checkout. */
export const inProject = (...parts) => path.join(ROOT, ...parts);

/** The environment of every child: Node 24 first in PATH, then the tools of node_modules. */
export function toolEnvironment(extra = {}) {
  const first = [path.dirname(NODE_24), inProject('node_modules/.bin')];
  const old = (process.env.PATH ?? '').split(path.delimiter).filter((dir) => !first.includes(dir));
  return { ...process.env, PATH: [...first, ...old].join(path.delimiter), ...extra };
}

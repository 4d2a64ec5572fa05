// Which engine runs, told by a file beside its socket: a newer program replaces an older engine. Read at every command line call, so it loads nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnginePaths } from './paths.ts';

export interface EngineIdentity {
  readonly pid: number;
  readonly version: string;
  readonly shell: string;
}

const identityPath = ({ runtimeDir }: Pick<EnginePaths, 'runtimeDir'>): string => join(runtimeDir, 'engine.json');

export const writeIdentity = (paths: EnginePaths, identity: EngineIdentity): void =>
  writeFileSync(identityPath(paths), JSON.stringify(identity), { mode: 0o600 });

/** Undefined where there is none, or it makes no sense. */
export function readIdentity(paths: Pick<EnginePaths, 'runtimeDir'>): EngineIdentity | undefined {
  try {
    const { pid, version, shell } = JSON.parse(readFileSync(identityPath(paths), 'utf8')) as Partial<EngineIdentity>;
    return typeof pid === 'number' && typeof version === 'string' && typeof shell === 'string'
      ? { pid, version, shell }
      : undefined;
  } catch {
    return undefined; // no engine has run yet
  }
}

/** Whether version `a` is older than `b`: numbers part by part; what is behind a hyphen does not count. */
export function isOlder(a: string, b: string): boolean {
  const parts = (version: string): number[] => (version.split('-')[0] ?? '').split('.').map(Number);
  const [left, right] = [parts(a), parts(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

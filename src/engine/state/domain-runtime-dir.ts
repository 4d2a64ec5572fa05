// Apart from paths.ts, which the command line loads at every call: hashing would be loaded with it.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EnginePaths } from './paths.ts';

/**
 * The folder of one running domain's sockets. Short, because a unix socket's path has 107 bytes at the most; a hash, because two UUIDs that a person made
 * may well begin alike.
 */
export const domainRuntimeDir = (paths: EnginePaths, uuid: string): string =>
  join(paths.runtimeDir, 'd', createHash('sha256').update(uuid).digest('hex').slice(0, 16));

// What engines that died have left, and nobody owns.
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { domainRuntimeDir } from '../../state/domain-runtime-dir.ts';
import type { DriverContext } from '../context.ts';

/** Folders of runs that no status file speaks of: sockets of domains that ended long ago. */
export async function sweepRuntimeDirs(context: DriverContext): Promise<void> {
  const root = join(context.paths.runtimeDir, 'd');
  // Also those of status files that could not be understood: a QEMU may be behind them.
  const spokenOf = (await readdir(context.paths.statusDir)).map((name) =>
    domainRuntimeDir(context.paths, basename(name, '.json')),
  );
  const used = new Set([
    ...spokenOf,
    ...context.list.values().flatMap((obj) => (obj.live ? [obj.live.runtimeDir] : [])),
  ]);
  for (const name of await readdir(root)) {
    const path = join(root, name);
    if (!used.has(path)) await rm(path, { recursive: true, force: true });
  }
}

/** Half-written files of an engine that died: none of them ever had a name that counts. A save that goes on again has been taken back by now. */
export async function sweepTemporaries({ paths, list }: DriverContext): Promise<void> {
  const inUse = new Set(list.values().flatMap(({ live }) => (live?.saving ? [live.saving.temporary] : [])));
  for (const dir of [paths.definitionDir, paths.statusDir, paths.saveDir, paths.dumpDir]) {
    const names = await readdir(dir).catch(() => []); // a home that can't be read has told already
    for (const name of names.filter((candidate) => /^\..*\.(tmp|saving)$/.test(candidate))) {
      const path = join(dir, name);
      if (!inUse.has(path)) await rm(path, { force: true });
    }
  }
}

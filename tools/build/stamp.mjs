// Is out/ built from the sources as they are? A hash over all that goes into a build, kept in out/. Runs on Node 18, without dependencies,
// because `npm start` asks this before anything else.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inProject, OUT } from '../setup/project.mjs';

const STAMP = path.join(OUT, '.built-from');
const ALSO = ['package.json', 'package-lock.json', 'tsconfig.base.json'];

/** All files below `dir`, sorted, as full paths. */
export function listFiles(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((entry) => {
      const full = path.join(dir, entry.name);
      return entry.isDirectory() ? listFiles(full) : [full];
    })
    .sort();
}

/** The hash of src/, of the build itself and of what it reads. */
export function sourceHash() {
  const hash = createHash('sha1');
  const files = [
    ...listFiles(inProject('src')),
    ...listFiles(inProject('tools/build')),
    ...ALSO.map((name) => inProject(name)),
  ];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** Is what is in out/ built from `hash`? */
export const isBuilt = (hash = sourceHash()) => existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash;

export const markBuilt = (hash) => writeFileSync(STAMP, hash);

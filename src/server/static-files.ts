// The renderer's files, all in memory, by the exact path of the request: no part of a URL ever reaches the file system, so there is nothing to traverse.
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { virError } from '../common/errors.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

export interface StaticFile {
  readonly type: string;
  readonly body: Buffer;
  /** Its name has a hash of its content in it. */
  readonly isImmutable: boolean;
}

/** URL path → file, for everything below `root` but source maps. Throws NO_SUPPORT where nothing was built. */
export async function loadStaticFiles(root: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>();
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []); // said below
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    const url = `/${relative(root, path)}`;
    files.set(url, { type, body: await readFile(path), isImmutable: url.startsWith('/assets/') });
  }
  const index = files.get('/index.html');
  if (!index)
    throw virError('NO_SUPPORT', `the window's files are not in ${root}; run npm start once, which builds them`);
  files.set('/', index);
  return files;
}

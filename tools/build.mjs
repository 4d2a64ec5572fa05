// Builds out/ from src/: renderer, node bundles, preload. Skipped when nothing changed since the last time (--force builds all the same).
// It builds beside out/ and then moves file by file, so that a running engine still finds the chunks that it was started with.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { isBuilt, listFiles, markBuilt, sourceHash } from './build/stamp.mjs';
import { inProject, NODE_24, OUT, toolEnvironment } from './setup/project.mjs';
import { run } from './setup/run.mjs';

const OLD_CHUNK_MS = 14 * 24 * 3600 * 1000;

/**
 * What node runs: it turns on V8's compile cache before the program is loaded. Imports of a module are loaded before its own first line,
 * hence two files.
 */
const STUB = `import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';
enableCompileCache?.(fileURLToPath(new URL('../.compile-cache', import.meta.url)));
await import('./main.mjs');
`;
/** The same for the command line, which is CommonJS and imports nothing (tools/build/targets.mjs says why). */
const CLI_STUB = `const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module');
enableCompileCache(\`\${import.meta.dirname}/../.compile-cache\`);
createRequire(import.meta.url)('./main.cjs');
`;

async function buildNode(dir, build, config, entries, stub) {
  const names = Object.keys(entries);
  if (names.length === 0) return [];
  await build(config(dir, entries));
  for (const name of names) writeFileSync(path.join(dir, name, 'index.mjs'), stub);
  return names;
}

/** vivarium(1), by the command line that was just built. */
function writeManPage(dir) {
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const args = [path.join(dir, 'cli/index.mjs'), '-q', 'help', '--man'];
  writeFileSync(path.join(dir, 'vivarium.1'), execFileSync(process.execPath, args, { env }));
}

async function buildInto(dir) {
  const [{ build }, targets] = await Promise.all([import('vite'), import('./build/targets.mjs')]);
  const built = [];
  if (existsSync(inProject('src/renderer/index.html'))) {
    await build(targets.rendererConfig(dir));
    built.push('renderer');
  }
  built.push(...(await buildNode(dir, build, targets.nodeConfig, targets.nodeEntries(), STUB)));
  const cli = await buildNode(dir, build, targets.cliConfig, targets.cliEntries(), CLI_STUB);
  if (cli.length > 0) writeManPage(dir);
  built.push(...cli);
  if (existsSync(inProject('src/preload/index.ts'))) {
    await build(targets.preloadConfig(dir));
    built.push('preload');
  }
  return built;
}

/** Moves the new files over the old ones, and removes hashed files that no build has written for two weeks. */
function moveOver(from, to) {
  for (const file of listFiles(from)) {
    const target = path.join(to, path.relative(from, file));
    mkdirSync(path.dirname(target), { recursive: true });
    renameSync(file, target);
  }
  const limit = Date.now() - OLD_CHUNK_MS;
  const hashed = [...listFiles(path.join(to, 'chunks')), ...listFiles(path.join(to, 'renderer/assets'))];
  for (const file of hashed) if (statSync(file).mtimeMs < limit) rmSync(file, { force: true });
  rmSync(from, { recursive: true, force: true });
}

async function buildHere({ force }) {
  const hash = sourceHash();
  if (!force && isBuilt(hash)) return;
  const started = Date.now();
  const next = inProject(`.cache/out-${process.pid}`);
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true });
  try {
    const built = await buildInto(next);
    mkdirSync(OUT, { recursive: true });
    moveOver(next, OUT);
    // sources that changed meanwhile: the next start builds again
    markBuilt(hash);
    console.log(`Built ${built.join(', ') || 'nothing'} in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  } catch (error) {
    // of a failed build its message says all; the stack is the bundler's
    console.error(process.stdout.isTTY ? error.message : stripVTControlCharacters(error.message));
    process.exitCode = 1;
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}

/** Builds what is out of date, in a child on Node 24. Returns false where the build failed (it has told why). */
export async function buildIfStale() {
  if (isBuilt()) return true;
  const { code } = await run(NODE_24, [fileURLToPath(import.meta.url)], { show: true, env: toolEnvironment() });
  return code === 0;
}

async function main(args) {
  const { setUpOrExit } = await import('./setup.mjs');
  const isNode24 = Number(process.versions.node.split('.')[0]) >= 24;
  if (isNode24 && existsSync(inProject('node_modules/vite'))) {
    await buildHere({ force: args.includes('--force') });
    return;
  }
  await setUpOrExit({ purpose: 'build' });
  const { code } = await run(NODE_24, [fileURLToPath(import.meta.url), ...args], {
    show: true,
    env: toolEnvironment(),
  });
  process.exitCode = code;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));

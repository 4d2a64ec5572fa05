// What is built, as vite configurations: the renderer, the bundles that run on Node (server, cli, Electron's main) and
// Electron's preload. electron.vite.config.ts takes the same ones for `npm run dev`, so there is one truth.
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import react from '@vitejs/plugin-react';
import { inProject } from '../setup/project.mjs';

/** Bundle → its source. Those without a source are left out. */
const NODE_ENTRIES = { server: 'src/server/index.ts', main: 'src/main/index.ts' };
/** The background engine is `cli engine run`. */
const CLI_ENTRY = 'src/cli/index.ts';

const EXTERNAL = ['electron', /^electron\//, /^node:/, ...builtinModules];
// ws tries these two native accelerators and does without them
const OPTIONAL_NATIVE = ['bufferutil', 'utf-8-validate'];

/** { server: '/…/src/server/index.ts', … } for the sources that are there. */
export function nodeEntries() {
  const found = Object.entries(NODE_ENTRIES).map(([name, file]) => [name, inProject(file)]);
  return Object.fromEntries(found.filter(([, source]) => existsSync(source)));
}

/** The same for the command line. */
export const cliEntries = () => (existsSync(inProject(CLI_ENTRY)) ? { cli: inProject(CLI_ENTRY) } : {});

const quiet = { configFile: false, logLevel: 'warn', root: inProject(), mode: 'production' };

function bundleConfig(outDir, entries, output) {
  return {
    ...quiet,
    ssr: { noExternal: true, external: OPTIONAL_NATIVE, target: 'node' },
    build: {
      ssr: true,
      target: 'node24',
      outDir,
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: entries,
        external: [...EXTERNAL, ...OPTIONAL_NATIVE],
        platform: 'node',
        // engine/client.ts loads a module late for the command line's sake, which the server has anyway
        checks: { ineffectiveDynamicImport: false },
        output: {
          ...output,
          // less to read makes a CLI call 9 ms of 70 quicker; names stay, so that a stack says where it was
          minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
        },
      },
    },
  };
}

/**
 * One build with shared chunks, dependencies bundled: a start must not look through node_modules.
 * @returns {import('vite').UserConfig}
 */
export const nodeConfig = (outDir, entries = nodeEntries()) =>
  bundleConfig(outDir, entries, {
    format: 'es',
    entryFileNames: '[name]/main.mjs',
    chunkFileNames: 'chunks/[name]-[hash].mjs',
  });

/**
 * The command line is CommonJS: to import a module of Node's own, an ES module reads all its exports, getters too (of node:process: the standard
 * streams), which costs a call 10 to 20 ms.
 * @returns {import('vite').UserConfig}
 */
export const cliConfig = (outDir, entries = cliEntries()) =>
  bundleConfig(outDir, entries, {
    format: 'cjs',
    entryFileNames: '[name]/main.cjs',
    chunkFileNames: 'chunks/[name]-[hash].cjs',
  });

/**
 * Electron's preload: CommonJS, because a sandboxed preload can not be a module.
 * @returns {import('vite').UserConfig}
 */
export function preloadConfig(outDir) {
  return {
    ...quiet,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: inProject('src/preload/index.ts'),
      target: 'node24',
      outDir: `${outDir}/preload`,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { external: EXTERNAL, output: { format: 'cjs', entryFileNames: 'index.cjs' } },
    },
  };
}

/**
 * The window: the same files for Electron and for the browser shell, hence relative addresses.
 * @returns {import('vite').UserConfig}
 */
export function rendererConfig(outDir) {
  return {
    ...quiet,
    root: inProject('src/renderer'),
    base: './',
    plugins: [react()],
    build: {
      target: 'chrome120',
      outDir: `${outDir}/renderer`,
      emptyOutDir: false,
      chunkSizeWarningLimit: 2000,
      modulePreload: { polyfill: false },
    },
  };
}

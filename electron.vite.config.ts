// For `npm run dev` only: electron-vite with hot reload, over the same configurations as `npm run build` (tools/build/targets.mjs).
import { defineConfig } from 'electron-vite';
import { mergeConfig } from 'vite';
import { nodeConfig, preloadConfig, rendererConfig } from './tools/build/targets.mjs';

// electron-vite starts what package.json names as "main", without the compile cache's stub before it
const atMain = { build: { rolldownOptions: { output: { entryFileNames: '[name]/index.mjs' } } } };

export default defineConfig({
  main: mergeConfig(nodeConfig('out', { main: 'src/main/index.ts' }), atMain),
  preload: mergeConfig(preloadConfig('out'), { build: { rolldownOptions: { input: 'src/preload/index.ts' } } }),
  renderer: mergeConfig(rendererConfig('out'), { build: { rolldownOptions: { input: 'src/renderer/index.html' } } }),
});

// For `npm run dev` only: electron-vite with hot reload, over the same configurations as `npm run build` (tools/build/targets.mjs).
import { defineConfig } from 'electron-vite';
import { nodeConfig, preloadConfig, rendererConfig } from './tools/build/targets.mjs';

export default defineConfig({
  main: nodeConfig('out', { main: 'src/main/index.ts' }),
  preload: preloadConfig('out'),
  renderer: rendererConfig('out'),
});

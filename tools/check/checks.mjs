// The checks of `npm run check`. Each is { name, run }: `run` resolves to '' where all is well, else to what is wrong.
import { existsSync, readFileSync } from 'node:fs';
import { listFiles } from '../build/stamp.mjs';
import { inProject, NODE_24, toolEnvironment } from '../setup/project.mjs';
import { run } from '../setup/run.mjs';
import { checkFileSizes } from './file-sizes.mjs';
import { checkLockFile } from './lock-file.mjs';

/** A check that is a program of node_modules: its output counts where it ends with an error. */
const program =
  (script, ...args) =>
  async () => {
    const { code, output } = await run(NODE_24, [inProject('node_modules', script), ...args], {
      cwd: inProject(),
      env: toolEnvironment({ NO_COLOR: '1' }),
    });
    return code === 0 ? '' : output.trim() || `it ended with ${code}`;
  };

/** TypeScript refuses a project in which there is no file; before the first one is written there is nothing to check. */
const types = (config) => ({
  name: `types: ${config}`,
  run: async () => {
    const { include } = JSON.parse(readFileSync(inProject(config), 'utf8'));
    const hasFiles = include.some((entry) =>
      entry.includes('*') || /\.tsx?$/.test(entry)
        ? existsSync(inProject(entry)) || entry.includes('*')
        : listFiles(inProject(entry)).some((file) => /\.tsx?$/.test(file)),
    );
    return hasFiles ? program('typescript/bin/tsc', '-p', config)() : '';
  },
});

export const CHECKS = [
  types('tsconfig.json'),
  types('tsconfig.node.json'),
  types('tsconfig.web.json'),
  types('tsconfig.pure.json'),
  { name: 'lint and format (biome)', run: program('@biomejs/biome/bin/biome', 'check', '--error-on-warnings') },
  {
    name: 'imports (dependency-cruiser)',
    run: program(
      'dependency-cruiser/bin/dependency-cruiser.mjs',
      'src',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
    ),
  },
  { name: 'file sizes', run: async () => checkFileSizes() },
  { name: 'lock file', run: async () => checkLockFile() },
];

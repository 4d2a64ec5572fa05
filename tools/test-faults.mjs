// `npm run test:faults`: the fault walk through every point of every operation, by crash and by error. usage: node tools/test-faults.mjs [WORD] walks those operations
// that have the word in their name. Takes about a quarter of an hour.
import { buildIfStale } from './build.mjs';
import { inProject, NODE_24, toolEnvironment } from './setup/project.mjs';
import { run } from './setup/run.mjs';
import { setUpOrExit } from './setup.mjs';

const [word] = process.argv.slice(2);
await setUpOrExit({ purpose: 'test' });
if (!(await buildIfStale())) process.exit(1);
const { code } = await run(
  NODE_24,
  [inProject('node_modules', 'vitest/vitest.mjs'), 'run', '--project', 'integration', 'fault-walk'],
  {
    cwd: inProject(),
    env: toolEnvironment({ VIVARIUM_FAULTS: 'full', ...(word ? { VIVARIUM_FAULTS_ONLY: word } : {}) }),
    show: true,
  },
);
process.exitCode = code;

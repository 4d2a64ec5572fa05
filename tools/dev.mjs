// `npm run dev`: the Electron shell with hot reload. It needs Electron's binary; where that can not be had, `npm start` builds what has changed
// and opens the browser shell.
import { isBuilt } from './build/stamp.mjs';
import { buildIfStale } from './build.mjs';
import { inProject, NODE_24, toolEnvironment } from './setup/project.mjs';
import { run } from './setup/run.mjs';
import { setUpOrExit } from './setup.mjs';
import { findElectron } from './start/electron.mjs';

async function main(args) {
  await setUpOrExit({ purpose: 'start' });
  const { why } = await findElectron({ say: console.log, again: args.includes('--electron') });
  if (why) {
    console.error(`npm run dev needs Electron, but: ${why}. Use "npm start", which rebuilds what has changed.`);
    process.exit(1);
  }
  // the background engine and the command line are bundles of their own
  if (!isBuilt() && !(await buildIfStale())) process.exit(1);
  const { code } = await run(NODE_24, [inProject('node_modules/electron-vite/bin/electron-vite.js'), 'dev'], {
    cwd: inProject(),
    env: toolEnvironment({ VIVARIUM_NODE: NODE_24 }),
    show: true,
    stdin: 'inherit',
  });
  process.exitCode = code;
}

await main(process.argv.slice(2));

// `npm run bench`: runs the benchmarks of test/bench one after the other on Node 24; each prints its own figures as ratios.
// usage: node tools/bench.mjs [WORD …] runs those with one of the words in their name.
import path from 'node:path';
import { listFiles } from './build/stamp.mjs';
import { buildIfStale } from './build.mjs';
import { fetchGuests } from './guests.mjs';
import { inProject, NODE_24, toolEnvironment } from './setup/project.mjs';
import { run } from './setup/run.mjs';
import { setUpOrExit } from './setup.mjs';

async function main(words) {
  await setUpOrExit({ purpose: 'start' });
  if (!(await buildIfStale())) process.exit(1);
  const all = listFiles(inProject('test/bench')).filter((file) => file.endsWith('.bench.ts'));
  const wanted = all.filter((file) => words.length === 0 || words.some((word) => path.basename(file).includes(word)));
  if (wanted.length === 0) {
    console.error('there is no such benchmark in test/bench');
    process.exit(1);
  }
  const guests = await fetchGuests({ say: console.log });
  const env = toolEnvironment(guests ? { VIVARIUM_GUESTS: guests } : {});
  for (const file of wanted) {
    console.log(`\n── ${path.basename(file, '.bench.ts')} ──`);
    const { code } = await run(NODE_24, [file], { cwd: inProject(), env, show: true });
    if (code !== 0) process.exitCode = 1;
  }
}

await main(process.argv.slice(2));

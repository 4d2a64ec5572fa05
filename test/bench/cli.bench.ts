// One call of the command line against Node's own start, taken in turns in one run. Budget: Node's start and 40 ms more, with the engine up. The 40 ms
// are of a quiet machine: on a loaded one this says OVER for what is well within.
import { spawnSync } from 'node:child_process';
import { CLI, Sandbox } from '../helpers/sandbox.ts';
import { median, report } from './report.ts';

const ROUNDS = 25;
const ALLOWANCE_MS = 40;
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'list --all': ['list', '--all'],
  'domstats (no domain)': ['domstats'],
  hostname: ['hostname'],
};

const sandbox = await Sandbox.make({ VIVARIUM_IDLE_SECONDS: '60' });
try {
  const time = (args: readonly string[]): number => {
    const begun = performance.now();
    const { status, stderr } = spawnSync(process.execPath, args, { env: sandbox.env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`node ${args.join(' ')}: ${stderr}`);
    return performance.now() - begun;
  };
  const node: number[] = [];
  const calls = Object.entries(CALLS).map(([name, args]) => ({ name, args: [CLI, ...args], times: [] as number[] }));
  // The first call starts the engine, the second finds the compile cache filled.
  for (let round = 0; round < 2; round += 1) for (const { args } of calls) time(args);
  for (let round = 0; round < ROUNDS; round += 1) {
    node.push(time(['-e', '0']));
    for (const { args, times } of calls) times.push(time(args));
  }
  const floor = median(node);
  for (const { name, times } of calls) {
    const ours = median(times);
    report(`vivarium ${name}, ${(ours - floor).toFixed(1)} ms over node`, {
      ours,
      floor: floor + ALLOWANCE_MS,
      unit: 'ms',
      floorName: `node -e 0 and ${ALLOWANCE_MS} ms`,
      budget: 1,
    });
  }
} finally {
  await sandbox[Symbol.asyncDispose]();
}

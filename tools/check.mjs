// `npm run check`: types of all projects, lint and format, who imports whom, file sizes, the lock file. Two at a time; one line each, and
// details of those that fail only. usage: node tools/check.mjs [--only WORD] [--report FILE]
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CHECKS } from './check/checks.mjs';
import { setUpOrExit } from './setup.mjs';

const AT_ONCE = 2;
const MOST_DETAIL_LINES = 80;

async function runOne(check) {
  const started = Date.now();
  let problem;
  try {
    problem = await check.run();
  } catch (error) {
    problem = error.stack;
  }
  console.log(`${problem ? '✗' : '✓'} ${check.name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return { name: check.name, problem };
}

async function runAll(checks) {
  const waiting = [...checks];
  const results = [];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) results.push(await runOne(check));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function writeReport(file, results) {
  const failed = results.filter(({ problem }) => problem).length;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ passed: results.length - failed, failed, skipped: [], problems: [] }));
}

function firstLines(text) {
  const lines = text.split('\n');
  const rest = lines.length - MOST_DETAIL_LINES;
  return rest > 0 ? `${lines.slice(0, MOST_DETAIL_LINES).join('\n')}\n… and ${rest} more lines` : text;
}

const optionOf = (args, name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);

async function main(args) {
  await setUpOrExit({ purpose: 'build' });
  const word = optionOf(args, '--only');
  const results = await runAll(CHECKS.filter(({ name }) => word === undefined || name.includes(word)));
  for (const { name, problem } of results) if (problem) console.log(`\n${name}:\n${firstLines(problem)}`);
  const report = optionOf(args, '--report');
  if (report) writeReport(report, results);
  process.exitCode = results.some(({ problem }) => problem) ? 1 : 0;
}

await main(process.argv.slice(2));

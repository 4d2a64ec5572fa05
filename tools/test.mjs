// `npm test`: set-up, build, then check, unit, integration and e2e one after the other, and one total line at the very end.
// usage: node tools/test.mjs [--only unit,check] (check, unit, integration, e2e). Nothing is tried twice.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildIfStale } from './build.mjs';
import { fetchGuests } from './guests.mjs';
import { inProject, toolEnvironment } from './setup/project.mjs';
import { run } from './setup/run.mjs';
import { setUpOrExit } from './setup.mjs';
import { openDisplay } from './test/display.mjs';
import { reportFile, STAGES } from './test/stages.mjs';
import { isGreen, judgeStage, totalLine } from './test/total.mjs';

const say = (text) => console.log(text);

function stagesFor(args) {
  const at = args.indexOf('--only');
  if (at < 0) return STAGES;
  const names = (args[at + 1] ?? '').split(',');
  const unknown = names.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    console.error(`unknown stage '${unknown[0]}'; there are ${STAGES.map(({ name }) => name).join(', ')}`);
    process.exit(2);
  }
  return STAGES.filter(({ name }) => names.includes(name));
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // the stage ended before it could write one; judgeStage says so
  }
}

async function runStage(stage, env) {
  const hasTests = stage.hasTests();
  const report = reportFile(stage.name);
  mkdirSync(path.dirname(report), { recursive: true });
  rmSync(report, { force: true });
  if (!hasTests) return judgeStage({ name: stage.name, hasTests });
  say(`\n── ${stage.name} ──`);
  const { code } = await run(stage.file, stage.args, {
    cwd: inProject(),
    env: toolEnvironment({ ...stage.env, ...env }),
    show: true,
  });
  return judgeStage({ name: stage.name, report: existsSync(report) ? readReport(report) : undefined, code, hasTests });
}

/** What the stages need beside the checkout: the bundles, guests to boot, a display. */
async function prepare(stages) {
  const needs = new Set(stages.filter((stage) => stage.hasTests()).flatMap((stage) => stage.needs ?? []));
  const notes = [];
  if (needs.has('build') && !(await buildIfStale())) notes.push('build');
  const guests = needs.has('guests') ? await fetchGuests({ say }) : undefined;
  const display = needs.has('display') ? await openDisplay() : undefined;
  const env = { ...(guests ? { VIVARIUM_GUESTS: guests } : {}), ...display?.env };
  return { env, buildFailed: notes.length > 0, stop: () => display?.stop() };
}

function sayResults(results) {
  const skips = results.flatMap(({ skipped }) => skipped);
  if (skips.length > 0) say('\nSkipped:');
  for (const { title, reason } of skips) say(`  ${title}${reason ? `: ${reason}` : ''}`);
  const notes = results.flatMap((result) => result.notes);
  if (notes.length > 0) say(`\n${notes.join('\n')}`);
  say(`\n${results.map(({ name, passed, failed }) => `${name} ${passed}/${passed + failed}`).join('  ')}`);
  say(totalLine(results));
}

async function main(args) {
  const stages = stagesFor(args);
  await setUpOrExit({ purpose: 'test', say });
  const { env, buildFailed, stop } = await prepare(stages);
  const results = buildFailed
    ? [{ name: 'build', passed: 0, failed: 1, skipped: [], notes: ['build: it failed, see above'] }]
    : [];
  try {
    for (const stage of stages) results.push(await runStage(stage, env));
  } finally {
    stop();
  }
  sayResults(results);
  process.exitCode = isGreen(results) ? 0 : 1;
}

await main(process.argv.slice(2));

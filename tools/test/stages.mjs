// The stages of `npm test`, in their order, with the command of each. A stage leaves its counts in a JSON file of one form:
// { passed, failed, skipped: [{ title, reason }], problems: [text] }.
import path from 'node:path';
import { listFiles } from '../build/stamp.mjs';
import { inProject, NODE_24 } from '../setup/project.mjs';

const bin = (name) => inProject('node_modules', name);
const REPORTS = inProject('.cache/test');

export const reportFile = (stage) => path.join(REPORTS, `${stage}.json`);

const hasTests = (folder, ending) => listFiles(inProject(folder)).some((file) => ending.test(file));

const vitest = (project) => ({
  file: NODE_24,
  args: [
    bin('vitest/vitest.mjs'),
    'run',
    '--project',
    project,
    '--passWithNoTests',
    '--reporter=default',
    `--reporter=${inProject('tools/test/vitest-reporter.mjs')}`,
  ],
  env: { VIVARIUM_TEST_REPORT: reportFile(project) },
  hasTests: () => hasTests(`test/${project}`, /\.test\.tsx?$/),
});

export const STAGES = [
  {
    name: 'check',
    file: NODE_24,
    args: [inProject('tools/check.mjs'), '--report', reportFile('check')],
    hasTests: () => true,
  },
  { name: 'unit', ...vitest('unit') },
  { name: 'integration', needs: ['build', 'guests'], ...vitest('integration') },
  {
    name: 'e2e',
    needs: ['build', 'guests', 'display'],
    file: NODE_24,
    args: [
      bin('@playwright/test/cli.js'),
      'test',
      '--config',
      inProject('test/e2e/playwright.config.ts'),
      '--retries=0',
      `--reporter=list,${inProject('tools/test/playwright-reporter.mjs')}`,
    ],
    env: { VIVARIUM_TEST_REPORT: reportFile('e2e') },
    hasTests: () => hasTests('test/e2e', /\.(spec|test)\.tsx?$/),
  },
];

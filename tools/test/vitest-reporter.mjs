// A vitest reporter that writes the counts of a run to $VIVARIUM_TEST_REPORT. vitest's own JSON leaves out why a test was skipped.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const nameOf = (test) => `${path.relative(process.cwd(), test.module.moduleId)}: ${test.fullName}`;

/** The counts of finished test modules, and what went wrong outside of any test. */
export function countVitest(testModules, unhandledErrors) {
  const counts = {
    passed: 0,
    failed: 0,
    skipped: [],
    problems: unhandledErrors.map((error) => error.message ?? String(error)),
  };
  for (const module of testModules) {
    for (const test of module.children.allTests()) {
      const { state, note } = test.result();
      if (state === 'passed') counts.passed += 1;
      else if (state === 'failed') counts.failed += 1;
      else counts.skipped.push({ title: nameOf(test), reason: note ?? '' });
    }
    for (const error of module.errors())
      counts.problems.push(`${path.relative(process.cwd(), module.moduleId)}: ${error.message}`);
  }
  return counts;
}

export default class CountsReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const file = process.env.VIVARIUM_TEST_REPORT;
    if (file === undefined) return;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(countVitest(testModules, unhandledErrors)));
  }
}

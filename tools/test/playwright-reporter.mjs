// A Playwright reporter that writes the counts of a run to $VIVARIUM_TEST_REPORT, in the form of the other stages.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const titleOf = (test) => test.titlePath().filter(Boolean).join(' › ');

/** The counts of finished tests. A flaky one has failed: there are no retries here. */
export function countPlaywright(tests, problems) {
  const counts = { passed: 0, failed: 0, skipped: [], problems };
  for (const test of tests) {
    const outcome = test.outcome();
    const wasStarted = test.results.length > 0;
    if (outcome === 'skipped' && wasStarted) {
      const reason = test.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description ?? '';
      counts.skipped.push({ title: titleOf(test), reason });
    } else if (outcome === 'expected') counts.passed += 1;
    else counts.failed += 1;
  }
  return counts;
}

export default class CountsReporter {
  #suite;
  #problems = [];

  onBegin(_config, suite) {
    this.#suite = suite;
  }

  onError(error) {
    this.#problems.push(error.message ?? String(error.value));
  }

  onEnd() {
    const file = process.env.VIVARIUM_TEST_REPORT;
    if (file === undefined) return;
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(countPlaywright(this.#suite?.allTests() ?? [], this.#problems)));
  }

  printsToStdio() {
    return false;
  }
}

// PURE: what the stages of a test run add up to, and how it is said.

/**
 * The verdict over one stage. `report` is what it left behind (undefined: nothing), `code` its exit code. A failure that no test shows
 * (a crash, a broken module, tests that did not run) counts as one failed test, so that it can not pass unseen.
 * @typedef {{ passed: number, failed: number, skipped: { title: string, reason: string }[], problems: string[] }} Report
 * @param {{ name: string, hasTests: boolean, report?: Report | undefined, code?: number | undefined }} stage
 */
export function judgeStage({ name, report, code, hasTests }) {
  if (!hasTests) return { name, passed: 0, failed: 0, skipped: [], notes: [`${name}: there are no tests yet`] };
  if (!report)
    return { name, passed: 0, failed: 1, skipped: [], notes: [`${name}: ended with ${code} and left no report`] };
  const { passed, failed, skipped, problems } = report;
  const notes = problems.map((problem) => `${name}: ${problem}`);
  let more = problems.length > 0 && failed === 0 ? 1 : 0;
  if (passed + failed + skipped.length === 0 && more === 0) {
    more = 1;
    notes.push(`${name}: ran no test`);
  } else if (code !== 0 && failed + more === 0) {
    more = 1;
    notes.push(`${name}: ended with ${code} though no test failed`);
  }
  return { name, passed, failed: failed + more, skipped, notes };
}

/** The one line that ends a run. */
export function totalLine(results) {
  const sum = (count) => results.reduce((total, result) => total + count(result), 0);
  const skipped = sum((result) => result.skipped.length);
  const line = `${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}

/** Did the whole run pass? A run without a test did not. */
export const isGreen = (results) =>
  results.every(({ failed }) => failed === 0) && results.some(({ passed }) => passed > 0);

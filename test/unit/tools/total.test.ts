import { describe, expect, it } from 'vitest';
import { isGreen, judgeStage, totalLine } from '../../../tools/test/total.mjs';

const report = (
  passed: number,
  failed = 0,
  skipped: { title: string; reason: string }[] = [],
  problems: string[] = [],
) => ({
  passed,
  failed,
  skipped,
  problems,
});
const judge = (given: object) => judgeStage({ name: 'unit', hasTests: true, code: 0, ...given });

describe('one stage', () => {
  it('counts what its report says', () => {
    expect(judge({ report: report(3, 1), code: 1 })).toMatchObject({ passed: 3, failed: 1, notes: [] });
  });

  it('without tests is neither passed nor failed', () => {
    expect(judge({ hasTests: false })).toMatchObject({ passed: 0, failed: 0 });
  });

  it.each([
    ['left no report', { report: undefined, code: 134 }],
    ['has tests and ran none', { report: report(0) }],
    ['ends with an error though no test failed', { report: report(5), code: 1 }],
    ['has an error outside of any test', { report: report(5, 0, [], ['unhandled rejection']), code: 1 }],
  ])('that %s has failed once', (_title, given) => {
    expect(judge(given).failed).toBe(1);
  });

  it('counts an error that made tests fail only once', () => {
    expect(judge({ report: report(5, 2, [], ['boom']), code: 1 }).failed).toBe(2);
  });
});

describe('the total', () => {
  it('is one line, and names skipped tests only where there are any', () => {
    const check = judge({ report: report(8) });
    const e2e = judge({ report: report(2, 0, [{ title: 'a', reason: 'no KVM' }]) });
    expect(totalLine([check])).toBe('8 passed, 0 failed');
    expect(totalLine([check, e2e])).toBe('10 passed, 0 failed, 1 skipped');
  });

  it('is not green where something failed, or where nothing ran', () => {
    expect(isGreen([judge({ report: report(1) })])).toBe(true);
    expect(isGreen([judge({ report: report(1) }), judge({ report: report(0) })])).toBe(false);
    expect(isGreen([judge({ hasTests: false })])).toBe(false);
    expect(isGreen([])).toBe(false);
  });
});

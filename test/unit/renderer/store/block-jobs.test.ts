import { describe, expect, it } from 'vitest';
import type { BlockJobsState } from '../../../../src/renderer/store/block-jobs.ts';
import { figuresOf, initialBlockJobs, reduceBlockJob } from '../../../../src/renderer/store/block-jobs.ts';

const MIB = 1024 * 1024;
const END = 100 * MIB;
const key = 'u1 vda';
/** What was heard: seconds and MiB. */
const heard = (...answers: readonly (readonly [seconds: number, mib: number])[]): BlockJobsState =>
  answers.reduce(
    (state, [seconds, mib]) => reduceBlockJob(state, key, { cur: mib * MIB, end: END }, seconds * 1000),
    initialBlockJobs,
  );
const figures = (state: BlockJobsState) => figuresOf(state.samples.get(key));

describe('how far a job on a disk is', () => {
  it('is a share and what is left at the first answer, without a speed', () => {
    expect(figures(heard([5, 25]))).toEqual({
      fraction: 0.25,
      leftBytes: 75 * MIB,
      bytesPerSecond: 0,
      leftMs: undefined,
    });
  });

  it('has the speed of the last ten seconds, and the time that is left at it', () => {
    const slowThenQuick = heard([0, 0], [1, 1], [10, 10], [15, 40], [20, 60]);
    expect(figures(slowThenQuick)).toMatchObject({ bytesPerSecond: 5 * MIB, leftMs: 8000 });
  });

  it('has no speed where two answers are too close, and none where it stands still', () => {
    expect(figures(heard([0, 0], [0.3, 1]))).toMatchObject({ bytesPerSecond: 0, leftMs: undefined });
    expect(figures(heard([0, 5], [3, 5]))).toMatchObject({ bytesPerSecond: 0, leftMs: undefined });
  });

  it('begins anew where another job is at work on the disk', () => {
    expect(figures(heard([0, 50], [1, 90], [2, 3]))).toMatchObject({ fraction: 0.03, bytesPerSecond: 0 });
  });

  it('is forgotten with the job, and nothing is told where nothing was known', () => {
    const known = heard([1, 1]);
    const over = reduceBlockJob(known, key, undefined, 2000);
    expect(figures(over)).toBeUndefined();
    expect(reduceBlockJob(over, key, undefined, 3000)).toBe(over);
  });

  it('is nothing yet of a job that has nothing to count', () => {
    expect(figuresOf([{ at: 0, cur: 0, end: 0 }])).toMatchObject({ fraction: 0, leftBytes: 0 });
  });
});

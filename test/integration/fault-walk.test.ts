// The proof that nothing is lost: every operation, with the engine killed at each of its failpoints, and with each of its effects failing. Shortened to a sample
// of the points in `npm test`; `npm run test:faults` walks all of them.
import { afterAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../helpers/fault-operations.ts';
import { type FaultAction, type Operation, walkStep } from '../helpers/fault-walk.ts';

const isFull = process.env.VIVARIUM_FAULTS === 'full';
const only = process.env.VIVARIUM_FAULTS_ONLY;
/** What the short form always tries: behind each effect that something else must know of. */
const WEIGHTY =
  /^after (spawn|createSave|save commit|saveDefinition|saveJournal|removeDefinition|removeFile|qmp (cont|device_add|job-finalize))|named, not yet/;
/** Points of an operation that the short form tries in all: those, and some from the beginning to the end. */
const SAMPLE = 6;

/** Numbers of points, from 1. */
function choosePoints(names: readonly string[]): readonly number[] {
  const weighty = names.flatMap((name, index) => (WEIGHTY.test(name) ? [index + 1] : [])).slice(0, SAMPLE - 1);
  const spread = Array.from({ length: SAMPLE }, (_, index) => Math.ceil(((index + 1) * names.length) / SAMPLE));
  return [...new Set([...weighty, ...spread.toReversed()])].filter((at) => at > 0).slice(0, SAMPLE);
}
const AT_ONCE = 2;
const tried = { points: 0, faults: 0 };

/** Tries `points` side by side; returns one line for each that broke something, and the first that does not exist. */
async function tryPoints(operation: Operation, points: readonly number[], action: FaultAction) {
  const waiting = [...points];
  const broken: string[] = [];
  let isOver = false;
  const worker = async (): Promise<void> => {
    for (let at = waiting.shift(); at !== undefined && !isOver; at = waiting.shift()) {
      const { point, problems } = await walkStep(operation, at, action);
      if (point === undefined) isOver = true;
      else tried.points += 1;
      tried.faults += 1;
      if (isFull && problems.length > 0)
        process.stderr.write(`${operation.name}: ${action} at ${at} (${point}): ${problems.join('; ')}\n`);
      for (const problem of problems) broken.push(`${action} at ${at} (${point ?? 'past the end'}): ${problem}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { broken, isOver };
}

async function walk(operation: Operation, action: FaultAction): Promise<readonly string[]> {
  if (!isFull) {
    const { passed, problems } = await walkStep(operation, 0, 'count');
    expect(problems).toEqual([]);
    // An operation that does nothing would pass everything.
    expect(passed.length).toBeGreaterThan(0);
    return (await tryPoints(operation, choosePoints(passed), action)).broken;
  }
  const broken: string[] = [];
  for (let first = 1; ; first += 8) {
    const result = await tryPoints(
      operation,
      Array.from({ length: 8 }, (_, index) => first + index),
      action,
    );
    broken.push(...result.broken);
    if (result.isOver) return broken;
  }
}

for (const operation of OPERATIONS.filter(({ name }) => !only || name.includes(only))) {
  const { name, cannot } = operation;
  describe.skipIf(cannot)(cannot ? `${name} (skipped: ${cannot})` : name, () => {
    it.each(isFull ? (['crash', 'error'] as const) : (['crash'] as const))(
      'loses nothing by a %s at its points',
      async (action) => {
        expect(await walk(operation, action)).toEqual([]);
      },
      30 * 60_000,
    );
  });
}

afterAll(() => {
  process.stdout.write(`\nfault walk: ${OPERATIONS.length} operations, ${tried.points} points × faults tried\n`);
});

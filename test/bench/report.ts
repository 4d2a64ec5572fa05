// How a bench speaks: a figure, its peer or floor in the same run, and their ratio, which is what the budget is about.

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

export interface Figure {
  readonly ours: number;
  readonly floor: number;
  readonly unit: string;
  readonly floorName: string;
  /** The ratio ours / floor that must not be exceeded. */
  readonly budget: number;
}

export function report(what: string, { ours, floor, unit, floorName, budget }: Figure): void {
  const ratio = ours / floor;
  const verdict = ratio <= budget ? 'within' : 'OVER';
  console.log(
    `${what}: ${ours.toFixed(1)} ${unit}; ${floorName}: ${floor.toFixed(1)} ${unit}; ratio ${ratio.toFixed(2)} (${verdict} the budget of ${budget})`,
  );
  if (ratio > budget) process.exitCode = 1;
}

/** A figure against a fixed budget: for what has no peer and no floor. */
export function reportBudget(what: string, ours: number, budget: number, unit: string): void {
  const verdict = ours <= budget ? 'within' : 'OVER';
  console.log(`${what}: ${ours.toFixed(1)} ${unit} (${verdict} the budget of ${budget} ${unit})`);
  if (ours > budget) process.exitCode = 1;
}

// The shape of a line of a live graph, in a box that is as wide as the graph's span has seconds and 100 high; the newest sample is at its right edge. Points that nobody
// would see are left out: what a path costs goes by their number, at every sample. Pure.

type Values = readonly (number | undefined)[];

export interface ChartPath {
  /** SVG path of the line. */
  readonly line: string;
  /** That of what is below it. */
  readonly area: string;
}

export interface ChartSpan {
  /** ms since the epoch of each value, rising. */
  readonly at: readonly number[];
  readonly spanMs: number;
  /** What is at the top; at the bottom is 0. */
  readonly max: number;
}

export const CHART_HEIGHT = 100;
/** How far the line may be from a point that is left out: less than half a pixel. */
const TOLERANCE = 0.3;
/** The first point of each such time stays, so that a line keeps its shape while its left end moves on. */
const FIXED_MS = 30_000;

interface Point {
  readonly x: number;
  readonly y: number;
  readonly isFixed: boolean;
}

const round = (value: number): number => Math.round(value * 10) / 10;

/** What is drawn without a gap. */
function runsOf(values: Values, { at, spanMs, max }: ChartSpan): readonly (readonly Point[])[] {
  const start = (at.at(-1) ?? 0) - spanMs;
  const runs: Point[][] = [[]];
  let period = 0;
  for (const [index, time] of at.entries()) {
    const value = values[index];
    const isFixed = period !== Math.floor(time / FIXED_MS);
    period = Math.floor(time / FIXED_MS);
    if (value === undefined) runs.push([]);
    else if (time >= start) {
      const y = round((1 - Math.min(1, Math.max(0, value / max))) * CHART_HEIGHT);
      runs.at(-1)?.push({ x: round((time - start) / 1000), y, isFixed });
    }
  }
  return runs.filter((run) => run.length > 0);
}

/** Slopes of the lines from one point that pass all points after it within the tolerance. */
type Cone = readonly [least: number, most: number];
const OPEN: Cone = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

const slope = (from: Point, { x, y }: Point, up = 0): number => (y + up - from.y) / (x - from.x);

const narrow = ([least, most]: Cone, from: Point, to: Point): Cone => [
  Math.max(least, slope(from, to, -TOLERANCE)),
  Math.min(most, slope(from, to, TOLERANCE)),
];

/** The points that the line can't do without: from each it goes on to the last one that it reaches in the tolerance of all between. */
function simplify(run: readonly Point[]): readonly Point[] {
  const kept: Point[] = [];
  let cone = OPEN;
  for (const [index, point] of run.entries()) {
    const [last, anchor] = [run[index - 1], kept.at(-1)];
    if (!last || !anchor) {
      kept.push(point);
      continue;
    }
    const [least, most] = cone;
    const toPoint = slope(anchor, point);
    const isReached = !last.isFixed && toPoint >= least && toPoint <= most;
    if (last !== anchor && !isReached) kept.push(last);
    cone = narrow(last === anchor || isReached ? cone : OPEN, kept.at(-1) ?? last, point);
  }
  const end = run.at(-1);
  if (end && kept.at(-1) !== end) kept.push(end);
  return kept;
}

const draw = (points: readonly Point[]): string =>
  points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');

export function chartPath(values: Values, span: ChartSpan): ChartPath {
  const runs = runsOf(values, span).map((run) => ({ first: run[0]?.x ?? 0, line: draw(simplify(run)) }));
  return {
    line: runs.map(({ line }) => line).join(''),
    area: runs.map(({ first, line }) => `${line}V${CHART_HEIGHT}H${first}Z`).join(''),
  };
}

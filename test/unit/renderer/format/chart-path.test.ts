import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartPath } from '../../../../src/renderer/format/chart-path.ts';

const SPAN_MS = 300_000;
/** A sample a second, the last one at `end`. */
const times = (count: number, end = 0): readonly number[] =>
  Array.from({ length: count }, (_, index) => end - (count - 1 - index) * 1000);
const lineOf = (values: readonly (number | undefined)[], end = 0, max = 100): string =>
  chartPath(values, { at: times(values.length, end), spanMs: SPAN_MS, max }).line;

type Place = readonly [x: number, y: number];
const placesOf = (line: string): readonly Place[] =>
  [...line.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);

/** Height of the drawn line at `x`. */
function heightAt(places: readonly Place[], x: number): number {
  const index = places.findIndex((place) => place[0] >= x);
  const [to, from] = [places[index], places[Math.max(0, index - 1)]];
  if (!to || !from) throw new Error('not drawn there');
  return to[0] === from[0] ? to[1] : from[1] + ((to[1] - from[1]) * (x - from[0])) / (to[0] - from[0]);
}

describe('the line of a live graph', () => {
  it('ends at the right edge, and begins where the figures do', () => {
    expect(lineOf([0, 50, 80])).toBe('M298 100L299 50L300 20');
  });

  it('leaves out what is older than the graph', () => {
    const values = Array.from({ length: 320 }, () => 10);
    expect(placesOf(lineOf(values))[0]).toEqual([0, 90]);
  });

  it('has a gap where nothing was measured, and an area below each part', () => {
    const at = times(5);
    const { line, area } = chartPath([10, 20, undefined, 30, 0], { at, spanMs: SPAN_MS, max: 100 });
    expect(line).toBe('M296 90L297 80M299 70L300 100');
    expect(area).toBe('M296 90L297 80V100H296ZM299 70L300 100V100H299Z');
  });

  it('stays inside of its box', () => {
    expect(lineOf([-5, 250])).toBe('M299 100L300 0');
  });

  it('is nothing where there are no figures', () => {
    expect(chartPath([], { at: [], spanMs: SPAN_MS, max: 100 })).toEqual({ line: '', area: '' });
    expect(lineOf([undefined, undefined])).toBe('');
  });

  it('takes a few points for what rests, however long', () => {
    const idle = Array.from({ length: 300 }, (_, index) => 1 + (index % 3) / 10);
    expect(placesOf(lineOf(idle)).length).toBeLessThan(15);
  });

  it('is never further than the tolerance from any figure', () => {
    const figures = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 300 });
    const steps = fc.array(fc.double({ min: -0.4, max: 0.4, noNaN: true }), { minLength: 1, maxLength: 300 });
    const slow = steps.map((all) =>
      all.map((_, index) => 50 + all.slice(0, index).reduce((sum, step) => sum + step, 0)),
    );
    const bow = fc.constant(Array.from({ length: 300 }, (_, index) => Math.min(100, (index / 15) ** 2)));
    fc.assert(
      fc.property(fc.oneof(figures, slow, bow), (values) => {
        const places = placesOf(lineOf(values));
        for (const [index, value] of values.entries()) {
          const x = 300 - (values.length - 1 - index);
          expect(Math.abs(heightAt(places, x) - (100 - value))).toBeLessThanOrEqual(0.36);
        }
      }),
    );
  });

  it('keeps its shape while time goes on', () => {
    const values = Array.from({ length: 400 }, (_, index) => 50 + 10 * Math.sin(index / 20));
    // the ends differ, by the first and the last half minute
    const insideAt = (second: number): readonly Place[] =>
      placesOf(lineOf(values.slice(second, second + 300), (second + 299) * 1000))
        .map(([x, y]): Place => [x + second, y])
        .filter(([x]) => x > 75 && x < 265);
    for (let second = 1; second < 40; second += 1) expect(insideAt(second)).toEqual(insideAt(0));
  });
});

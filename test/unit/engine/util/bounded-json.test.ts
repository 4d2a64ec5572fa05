// JSON with a bound on its depth: it finds what JSON.parse finds, and nothing that is deeper.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBoundedJson } from '../../../../src/engine/util/bounded-json.ts';

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

describe('bounded JSON', () => {
  it('is what JSON.parse makes of it, up to the bound and no deeper', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(8), (text, maxDepth) => {
        const value: unknown = JSON.parse(text);
        if (depthOf(value) <= maxDepth) expect(parseBoundedJson(text, maxDepth)).toEqual(value);
        else expect(() => parseBoundedJson(text, maxDepth)).toThrow(RangeError);
      }),
    );
  });

  it.each(['"[[[["', '{"[[[": "]]\\"[["}', '["\\\\"]'])('%s is as shallow as it looks to JSON', (text) => {
    expect(parseBoundedJson(text, 1)).toEqual(JSON.parse(text));
  });

  it('does not take long to refuse a flood', () => {
    expect(() => parseBoundedJson('['.repeat(10_000_000), 64)).toThrow(RangeError);
    expect(() => parseBoundedJson('{', 64)).toThrow(SyntaxError);
  });
});

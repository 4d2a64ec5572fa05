// What every codec promises: what it writes it reads back, and what it does not know it keeps.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attr, type Codec, child, element, list, required, text, variants } from '../../../../src/engine/conf/codec.ts';
import { deviceFields, domain, formatDomain, parseDomain } from '../../../../src/engine/conf/domain.ts';
import { choice, str, uint } from '../../../../src/engine/conf/scalar.ts';
import { type ParseWarning, parseXml, type XmlWriter } from '../../../../src/engine/conf/xml.ts';
import { codecArbitrary } from '../../../helpers/arbitrary.ts';
import { declaredPaths, usedPaths } from '../../../helpers/codec-paths.ts';

/** Codecs of all kinds in one list: what a value is, only the codec knows. */
type AnyCodec = Codec<never>;
const anyCodec = (codec: unknown): AnyCodec => codec as AnyCodec;

const write = (codec: AnyCodec, name: string, value: unknown): string => {
  const out: XmlWriter = { lines: [], depth: 0 };
  codec.format(out, name, value as never);
  return out.lines.join('\n');
};

const read = (codec: AnyCodec, xml: string): { value: unknown; warnings: readonly ParseWarning[] } => {
  const warnings: ParseWarning[] = [];
  return { value: codec.parse(parseXml(xml), { file: undefined, warnings }), warnings };
};

/** Where a node was read is no part of what it says. */
const withoutPositions = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, inner) => (key === 'line' || key === 'column' ? 0 : inner));

const shape = domain.shape;
if (shape.kind !== 'element') throw new Error('a domain is an element');
const topFields = Object.entries(shape.fields).flatMap(([, field]) =>
  field.at === 'child' || field.at === 'list' ? [[field.name, anyCodec(field.codec)] as const] : [],
);
const deviceCodecs = Object.values(deviceFields).map((field) => [field.name, anyCodec(field.codec)] as const);
const codecs = [...topFields.filter(([name]) => name !== 'devices'), ...deviceCodecs];

describe('every element that the codecs declare', () => {
  it.each(codecs)('<%s> reads back what it wrote, and writes it the same again', (name, codec) => {
    const arbitrary = codecArbitrary(codec, name);
    if (!arbitrary) throw new Error('nothing to generate');
    fc.assert(
      fc.property(arbitrary, (value) => {
        const xml = write(codec, name, value);
        const again = read(codec, xml);
        expect(again.warnings).toEqual([]);
        expect(withoutPositions(again.value)).toEqual(withoutPositions(value));
        expect(write(codec, name, again.value)).toBe(xml);
      }),
      { numRuns: 20 },
    );
  });

  it('is exercised by the generators: no attribute, element or flag is never written', () => {
    const used = new Set<string>();
    for (const [name, codec] of codecs) {
      const arbitrary = codecArbitrary(codec, name, 0, 'full');
      if (!arbitrary) continue;
      const samples = fc.sample(arbitrary, { numRuns: 90, seed: 7 });
      for (const value of samples) usedPaths(parseXml(write(codec, name, value)), used);
    }
    const declared = codecs.flatMap(([name, codec]) => [...declaredPaths(codec, name)]);
    expect(declared.filter((path) => !used.has(path))).toEqual([]);
  });
});

describe('a whole domain', () => {
  it('reads back what it wrote', () => {
    const arbitrary = codecArbitrary(anyCodec(domain), 'domain');
    if (!arbitrary) throw new Error('nothing to generate');
    fc.assert(
      fc.property(arbitrary, (value) => {
        const xml = formatDomain(value as never, { live: true });
        expect(formatDomain(parseDomain(xml).def, { live: true })).toBe(xml);
      }),
      { numRuns: 10 },
    );
  });
});

describe('what a codec does not know', () => {
  const codec = element({ name: required(attr('name', str)), parts: list('part', element({ size: text(uint) })) });

  it('lives through a round trip and is named with its place', () => {
    const xml = "<thing name='a' colour='red'>\n  <part>5</part>\n  <shape sides='3'>x &amp; y</shape>\n</thing>";
    const { value, warnings } = read(anyCodec(codec), xml);
    expect(write(anyCodec(codec), 'thing', value)).toBe(xml);
    expect(warnings).toEqual([
      { message: "unknown attribute 'colour' of <thing>", line: 1, column: 1 },
      { message: 'unknown element <shape> in <thing>', line: 3, column: 3 },
    ]);
  });

  it('includes a second element where one is meant', () => {
    const single = element({ inner: child('inner', element({ v: attr('v', str) })) });
    const { warnings } = read(anyCodec(single), "<o><inner v='1'/><inner v='2'/></o>");
    expect(warnings.map(({ message }) => message)).toEqual(['a second <inner> in <o>']);
  });
});

describe('a value that is none', () => {
  const codec = anyCodec(element({ mode: required(attr('mode', choice(['on', 'off']))), count: text(uint) }));

  it.each([
    ["<x mode='maybe'>1</x>", /invalid value 'maybe' for attribute 'mode' of <x>; expected one of 'on', 'off'/],
    ["<x mode='on'>many</x>", /invalid value 'many' for <x>; expected a whole number/],
    ['<x>1</x>', /missing attribute 'mode' in <x>/],
  ])('is refused with its place: %s', (xml, message) => {
    expect(() => read(codec, xml)).toThrowError(message);
    expect(() => read(codec, xml)).toThrowError(expect.objectContaining({ code: 'XML_ERROR' }));
    expect(() => read(codec, xml)).toThrowError(/^1:1: /);
  });

  it('of a union is refused with the ones there are', () => {
    const union = anyCodec(variants('type', { a: { v: attr('v', uint) }, b: {} }));
    expect(() => read(union, "<x type='c'/>")).toThrowError(
      /invalid value 'c' for attribute 'type' of <x>; expected one of a, b/,
    );
  });
});

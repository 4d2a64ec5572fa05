// Generators made from codecs: what a declaration says can be written, fast-check writes. A field that is added to a codec is tested by that.
import fc from 'fast-check';
import type { Field, Fields, Shape } from '../../src/engine/conf/codec.ts';
import type { Scalar } from '../../src/engine/conf/scalar.ts';

/** All that a generator needs of a codec. */
interface Shaped {
  readonly shape: Shape;
}
type Values = Record<string, unknown>;

/** Signs that XML, QEMU and shells trip over. */
const SIGNS = [...'ab1 <>&\'"\t\n,=/:.-ü€]'];
const text = fc.string({ unit: fc.constantFrom(...SIGNS), minLength: 1, maxLength: 12 });

export function scalarArbitrary(scalar: Scalar<unknown>): fc.Arbitrary<unknown> {
  const { sample } = scalar;
  switch (sample.type) {
    case 'choice':
      return fc.constantFrom(...sample.values);
    case 'integer':
      return fc.integer({ min: sample.min, max: Math.min(sample.max, Number.MAX_SAFE_INTEGER) });
    case 'text':
      return sample.pattern === undefined ? text : fc.stringMatching(new RegExp(`^${sample.pattern}$`));
  }
}

const sizes = (shape: Extract<Shape, { kind: 'size' }>): fc.Arbitrary<number> =>
  fc.nat(2 ** 30).map((value) => value * (shape.step ?? 1));

/** How many levels of an element inside itself are made. */
const MAX_DEPTH = 1;

/** 'full' leaves nothing out, so that few samples use every declaration. */
export type Mode = 'random' | 'full';

function fieldArbitrary(field: Field, depth: number, mode: Mode): fc.Arbitrary<unknown> | undefined {
  switch (field.at) {
    case 'attribute':
    case 'text':
      return scalarArbitrary(field.scalar);
    case 'size':
      return fc.nat(2 ** 40);
    case 'flag':
      return fc.constant(true);
    case 'list': {
      const item = codecArbitrary(field.codec, field.name, depth, mode);
      return item
        ? fc.array(item, { minLength: mode === 'full' ? 1 : 0, maxLength: mode === 'full' ? 1 : 2 })
        : fc.constant([]);
    }
    case 'child': {
      const inner = codecArbitrary(field.codec, field.name, depth, mode);
      // An element with nothing in it says nothing, unless its codec keeps it.
      return field.keepEmpty ? inner : inner?.map((value) => (isEmpty(value) ? undefined : value));
    }
  }
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((inner) => inner === undefined || (Array.isArray(inner) && inner.length === 0));

/** No element has both text and children at once. */
function eitherTextOrChildren(fields: Fields, values: Values): Values {
  const textKey = Object.keys(fields).find((key) => fields[key]?.at === 'text');
  if (textKey === undefined || values[textKey] === undefined) return values;
  const kept: Values = {};
  for (const [key, field] of Object.entries(fields)) {
    if (field.at === 'attribute' || field.at === 'text') kept[key] = values[key];
    if (field.at === 'list') kept[key] = [];
  }
  return kept;
}

function elementArbitrary(fields: Fields, depth: number, mode: Mode): fc.Arbitrary<unknown> {
  const arbitraries: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [key, field] of Object.entries(fields)) {
    const arbitrary = fieldArbitrary(field, depth, mode);
    if (!arbitrary) continue;
    const isAlways = field.required || (mode === 'full' && field.at !== 'text');
    arbitraries[key] = isAlways ? arbitrary : fc.option(arbitrary, { nil: undefined, freq: 3 });
  }
  return fc.record(arbitraries).map((values) => eitherTextOrChildren(fields, values));
}

/** Values of a codec; undefined where an element would hold itself too deep. `name` serves elements that are kept as they are. */
export function codecArbitrary(
  codec: Shaped,
  name: string,
  depth = 0,
  mode: Mode = 'random',
): fc.Arbitrary<unknown> | undefined {
  const { shape } = codec;
  switch (shape.kind) {
    case 'text':
      return scalarArbitrary(shape.scalar as unknown as Scalar<unknown>);
    case 'size':
      return sizes(shape);
    case 'element':
      return elementArbitrary(shape.fields, depth, mode);
    case 'variants':
      return fc.oneof(...Object.values(shape.cases).flatMap((inner) => codecArbitrary(inner, name, depth, mode) ?? []));
    case 'lazy':
      return depth >= MAX_DEPTH ? undefined : codecArbitrary(shape.get(), name, depth + 1, mode);
    case 'raw':
      return fc.constant({
        name,
        attributes: { 'xmlns:app': 'urn:example:app' },
        children: [{ name: 'app:note', attributes: {}, children: [], text: 'x', line: 0, column: 0 }],
        text: '',
        line: 0,
        column: 0,
      });
  }
}

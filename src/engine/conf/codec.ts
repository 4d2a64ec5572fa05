// Combinators from which an XML element is declared once; parser, formatter, TypeScript type (`Infer`) and test generators all come from the
// declaration. A definition has the shape of its XML: an attribute or a child becomes a property, in the order in which libvirt writes them.
//   attr('dev', str)          <x dev='…'>            child('driver', codec)   <x><driver…/></x>
//   text(uint)                <x>5</x>               list('boot', codec)      <x><boot/><boot/></x>   (always an array)
//   flag('readonly')          <x><readonly/></x>     value('name', str)       <x><name>…</name></x>
// What no field claims is kept under `unknown`, written back, and named in a warning.
import { unitBytes } from '../../common/base/units.ts';
import { fail, formatFields, parseFields, planFields, readScalar, type Values } from './codec-fields.ts';
import type {
  AttributeField, ChildField, Codec, Field, Fields, FlagField, Flatten, Infer, InferFields, ListField, SizeField, TextField,
} from './codec-types.ts'; // biome-ignore format: a list
import { prettyUnit, type Scalar, scaleTo } from './scalar.ts';
import { escapeText, writeLine, writeNode, type XmlNode } from './xml.ts';

export type { Codec, Field, Fields, Infer, ParseContext, Shape, UnknownXml } from './codec-types.ts';

export const attr = <T>(name: string, scalar: Scalar<T>): AttributeField<T> => ({ at: 'attribute', name, scalar });
export const text = <T>(scalar: Scalar<T>): TextField<T> => ({ at: 'text', name: '', scalar });
export const size = (unit: string, defaultUnit = unit): SizeField => ({ at: 'size', name: '', unit, defaultUnit });
export const child = <T>(name: string, codec: Codec<T>): ChildField<T> => ({
  at: 'child',
  name,
  codec,
  keepEmpty: false,
});
/** A child that counts even when it is empty, such as `<acpi/>` with options. */
export const kept = <T>(name: string, codec: Codec<T>): ChildField<T> => ({
  at: 'child',
  name,
  codec,
  keepEmpty: true,
});
export const list = <T>(name: string, codec: Codec<T>): ListField<T> => ({ at: 'list', name, codec, required: true });
export const flag = (name: string): FlagField => ({ at: 'flag', name });
export const value = <T>(name: string, scalar: Scalar<T>): ChildField<T> => kept(name, textOf(scalar));
export const group = <F extends Fields>(name: string, fields: F): ChildField<InferFields<F>> =>
  child(name, element(fields));
export const required = <F extends Field>(field: F): F & { readonly required: true } => ({ ...field, required: true });

/** An element with attributes, children, or text. */
export function element<const F extends Fields>(fields: F): Codec<InferFields<F>> {
  const plan = planFields(fields);
  return {
    parse: (node, context) => parseFields(plan, node, context) as InferFields<F>,
    format: (out, name, inner) => formatFields(plan, out, name, inner as Values),
    shape: { kind: 'element', fields },
  };
}

/** An element that is nothing but its text: `<name>web</name>` ⇄ 'web'. */
export const textOf = <T>(scalar: Scalar<T>): Codec<T> => ({
  parse: (node, context) => readScalar(scalar, node.text, node, '', context),
  format: (out, name, inner) => writeLine(out, `<${name}>${escapeText(scalar.format(inner))}</${name}>`),
  shape: { kind: 'text', scalar: scalar as unknown as Scalar<never> },
});

/** An element that is nothing but one attribute: `<vlan id='3'/>` ⇄ 3. */
export function only<T>(field: AttributeField<T> | SizeField): Codec<T> {
  const codec = element({ value: required(field as AttributeField<T>) });
  return {
    parse: (node, context) => (codec.parse(node, context) as { value: T }).value,
    format: (out, name, inner) => codec.format(out, name, { value: inner } as Infer<typeof codec>),
    shape:
      field.at === 'size'
        ? { kind: 'size', unit: field.unit }
        : { kind: 'text', scalar: field.scalar as unknown as Scalar<never> },
  };
}

/** `<memory unit='MiB'>4</memory>` ⇄ 4096, in `unit`. */
export const sizeOf = (unit: string, defaultUnit = unit): Codec<number> => only<number>(size(unit, defaultUnit));

/** The same in bytes, written in the largest unit that has no fraction. */
export const prettySizeOf = (defaultUnit: string): Codec<number> => ({
  ...sizeOf('bytes', defaultUnit),
  format: (out, name, bytes) => {
    const [shown, unit] = prettyUnit(bytes);
    writeLine(out, `<${name} unit='${unit}'>${shown}</${name}>`);
  },
});

/** Bytes, written in whole `unit`s. */
export const sizeIn = (unit: string): Codec<number> => ({
  ...sizeOf('bytes'),
  shape: { kind: 'size', unit: 'bytes', step: unitBytes(unit) ?? 1 },
  format: (out, name, bytes) =>
    writeLine(out, `<${name} unit='${unit}'>${scaleTo(String(bytes), 'bytes', unit)}</${name}>`),
});

/** One case of a union: its tag, and its fields. */
type VariantValue<K extends string, D extends string, F extends Fields> = Flatten<
  { readonly [P in K]: D } & InferFields<F>
>;

/** An element whose attribute `on` decides its other fields: a discriminated union. */
export function variants<const K extends string, const C extends Readonly<Record<string, Fields>>>(
  on: K,
  cases: C,
): Codec<{ [D in keyof C & string]: VariantValue<K, D, C[D]> }[keyof C & string]> {
  const codecs: Record<string, Codec<never>> = {};
  const known = Object.keys(cases);
  for (const [name, fields] of Object.entries(cases)) {
    const tag: AttributeField<string> = attr(on, {
      parse: (raw) => raw,
      format: (raw) => raw,
      expects: '',
      sample: { type: 'choice', values: [name] },
    });
    codecs[name] = element({ [on]: required(tag), ...fields }) as unknown as Codec<never>;
  }
  return {
    parse: (node, context) => {
      const codec = codecs[node.attributes[on] ?? ''];
      if (!codec)
        throw fail(
          context,
          node,
          `invalid value '${node.attributes[on] ?? ''}' for attribute '${on}' of <${node.name}>; expected one of ${known.join(', ')}`,
        );
      return codec.parse(node, context);
    },
    format: (out, name, inner) =>
      codecs[(inner as Record<string, string>)[on] ?? '']?.format(out, name, inner as never),
    shape: { kind: 'variants', on, cases: codecs },
  };
}

/** For an element that holds itself, such as a backing chain. */
export const lazy = <T>(get: () => Codec<T>): Codec<T> => ({
  parse: (node, context) => get().parse(node, context),
  format: (out, name, inner) => get().format(out, name, inner),
  shape: { kind: 'lazy', get: get as unknown as () => Codec<never> },
});

/** Anything, kept as it is: what `<metadata>` holds is its author's business. */
export const raw: Codec<XmlNode> = {
  parse: (node) => node,
  format: (out, _name, node) => writeNode(out, node),
  shape: { kind: 'raw' },
};

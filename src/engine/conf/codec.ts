// Combinators from which an XML element is declared once; parser, formatter, TypeScript type (`Infer`) and test generators all come from the
// declaration. A definition has the shape of its XML: an attribute or a child becomes a property, in the order in which libvirt writes them.
//   attr('dev', str)          <x dev='…'>            child('driver', codec)   <x><driver…/></x>
//   text(uint)                <x>5</x>               list('boot', codec)      <x><boot/><boot/></x>   (always an array)
//   flag('readonly')          <x><readonly/></x>     value('name', str)       <x><name>…</name></x>
// What no field claims is kept under `unknown`, written back, and named in a warning.
import { virError } from '../../common/errors.ts';
import { prettyUnit, type Scalar, scaleTo } from './scalar.ts';
import {
  escapeAttribute,
  escapeText,
  formatPosition,
  type ParseWarning,
  writeElement,
  writeLine,
  writeNode,
  type XmlNode,
  type XmlWriter,
} from './xml.ts';

export interface ParseContext {
  readonly file: string | undefined;
  readonly warnings: ParseWarning[];
}

export interface UnknownXml {
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  readonly children?: readonly XmlNode[] | undefined;
}

/** One element's content. `shape` describes it for tests and for documentation. */
export interface Codec<T> {
  readonly parse: (node: XmlNode, context: ParseContext) => T;
  readonly format: (out: XmlWriter, name: string, value: T) => void;
  readonly shape: Shape;
}

export type Shape =
  | { readonly kind: 'element'; readonly fields: Fields }
  | { readonly kind: 'text'; readonly scalar: Scalar<never> }
  | { readonly kind: 'size'; readonly unit: string }
  | { readonly kind: 'variants'; readonly on: string; readonly cases: Readonly<Record<string, Codec<never>>> }
  | { readonly kind: 'lazy'; readonly get: () => Codec<never> }
  | { readonly kind: 'raw' };

declare const valueType: unique symbol;

interface FieldBase<T> {
  readonly [valueType]?: T;
  readonly name: string;
  readonly required?: boolean;
}
export interface AttributeField<T> extends FieldBase<T> {
  readonly at: 'attribute';
  readonly scalar: Scalar<T>;
}
export interface TextField<T> extends FieldBase<T> {
  readonly at: 'text';
  readonly scalar: Scalar<T>;
}
/** A number in the text whose unit stands in the attribute `unit`. */
export interface SizeField extends FieldBase<number> {
  readonly at: 'size';
  readonly unit: string;
  readonly defaultUnit: string;
}
export interface ChildField<T> extends FieldBase<T> {
  readonly at: 'child';
  readonly codec: Codec<T>;
  /** Whether an element with nothing in it means something. */
  readonly keepEmpty: boolean;
}
export interface ListField<T> extends FieldBase<readonly T[]> {
  readonly at: 'list';
  readonly codec: Codec<T>;
  readonly required: true;
}
export interface FlagField extends FieldBase<true> {
  readonly at: 'flag';
}
// biome-ignore lint/suspicious/noExplicitAny: a field of any value; the type comes back out by Infer
export type Field = AttributeField<any> | TextField<any> | SizeField | ChildField<any> | ListField<any> | FlagField;
export type Fields = Readonly<Record<string, Field>>;

type TypeOf<F> = F extends { readonly [valueType]?: infer T } ? Exclude<T, undefined> : never;
type Flatten<T> = { [K in keyof T]: T[K] };
export type InferFields<F extends Fields> = Flatten<
  { readonly [K in keyof F as F[K] extends { required: true } ? K : never]: TypeOf<F[K]> } & {
    readonly [K in keyof F as F[K] extends { required: true } ? never : K]?: TypeOf<F[K]> | undefined;
  } & { readonly unknown?: UnknownXml | undefined }
>;
/** The definition that a codec reads and writes. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

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

const fail = (context: ParseContext, node: XmlNode, message: string) =>
  virError('XML_ERROR', `${formatPosition(context.file, node.line, node.column)}: ${message}`);

const readScalar = <T>(scalar: Scalar<T>, raw: string, node: XmlNode, where: string, context: ParseContext): T => {
  const read = scalar.parse(raw);
  if (read === undefined)
    throw fail(context, node, `invalid value '${raw}' for ${where}<${node.name}>; expected ${scalar.expects}`);
  return read;
};

const readSize = (field: SizeField, node: XmlNode, context: ParseContext): number => {
  try {
    return scaleTo(node.text, node.attributes.unit ?? field.defaultUnit, field.unit);
  } catch (cause) {
    throw fail(context, node, `<${node.name}>: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
};

type Values = Record<string, unknown>;

const isEmpty = (read: unknown): boolean => {
  if (typeof read !== 'object' || read === null) return false;
  for (const inner of Object.values(read)) {
    if (inner !== undefined && !(Array.isArray(inner) && inner.length === 0)) return false;
  }
  return true;
};

interface Plan {
  /** Attributes in the order in which they are written, children likewise; lists of their own because this is the innermost loop. */
  readonly attributeOrder: readonly (readonly [string, AttributeField<unknown>])[];
  readonly childOrder: readonly (readonly [string, ChildField<unknown> | ListField<unknown> | FlagField])[];
  readonly requiredFields: readonly (readonly [string, Field])[];
  readonly attributes: ReadonlyMap<string, readonly [string, AttributeField<unknown>]>;
  readonly children: ReadonlyMap<string, readonly [string, ChildField<unknown> | ListField<unknown> | FlagField]>;
  readonly content: readonly [string, TextField<unknown> | SizeField] | undefined;
  readonly lists: readonly string[];
}

function planFields(fields: Fields): Plan {
  const entries = Object.entries(fields);
  const attributes = new Map<string, readonly [string, AttributeField<unknown>]>();
  const children = new Map<string, readonly [string, ChildField<unknown> | ListField<unknown> | FlagField]>();
  let content: Plan['content'];
  for (const [key, field] of entries) {
    if (field.at === 'attribute') attributes.set(field.name, [key, field]);
    else if (field.at === 'text' || field.at === 'size') content = [key, field];
    else children.set(field.name, [key, field]);
  }
  const lists = entries.filter(([, field]) => field.at === 'list').map(([key]) => key);
  const requiredFields = entries.filter(([, field]) => field.required && field.at !== 'list');
  const [attributeOrder, childOrder] = [[...attributes.values()], [...children.values()]];
  return { attributeOrder, childOrder, requiredFields, attributes, children, content, lists };
}

function parseAttributes(plan: Plan, node: XmlNode, context: ParseContext, into: Values): Values | undefined {
  let unknown: Values | undefined;
  for (const name in node.attributes) {
    const raw = node.attributes[name] ?? '';
    const known = plan.attributes.get(name);
    if (known) into[known[0]] = readScalar(known[1].scalar, raw, node, `attribute '${name}' of `, context);
    else if (name === 'unit' && plan.content?.[1].at === 'size') continue;
    else if (!name.startsWith('xmlns')) {
      unknown ??= {};
      unknown[name] = raw;
      context.warnings.push({
        message: `unknown attribute '${name}' of <${node.name}>`,
        line: node.line,
        column: node.column,
      });
    }
  }
  return unknown;
}

function parseChildren(plan: Plan, node: XmlNode, context: ParseContext, into: Values): XmlNode[] | undefined {
  let unknown: XmlNode[] | undefined;
  for (const inner of node.children) {
    const known = plan.children.get(inner.name);
    const [key, field] = known ?? ['', undefined];
    if (field?.at === 'list') (into[key] as unknown[]).push(field.codec.parse(inner, context));
    else if (field && into[key] === undefined) {
      const read = field.at === 'flag' ? true : field.codec.parse(inner, context);
      if (field.at === 'flag' || field.keepEmpty || !isEmpty(read)) into[key] = read;
    } else {
      unknown ??= [];
      unknown.push(inner);
      const message = field
        ? `a second <${inner.name}> in <${node.name}>`
        : `unknown element <${inner.name}> in <${node.name}>`;
      context.warnings.push({ message, line: inner.line, column: inner.column });
    }
  }
  return unknown;
}

function parseFields(plan: Plan, node: XmlNode, context: ParseContext): Values {
  const into: Values = {};
  for (const key of plan.lists) into[key] = [];
  const attributes = parseAttributes(plan, node, context, into);
  const children = parseChildren(plan, node, context, into);
  if (plan.content) {
    const [key, field] = plan.content;
    if (field.at === 'size') into[key] = readSize(field, node, context);
    else if (node.text !== '' || field.required) into[key] = readScalar(field.scalar, node.text, node, '', context);
  }
  for (const [key, field] of plan.requiredFields) {
    if (into[key] !== undefined) continue;
    const what = field.at === 'attribute' ? `attribute '${field.name}'` : `<${field.name}>`;
    throw fail(context, node, `missing ${what} in <${node.name}>`);
  }
  if (attributes || children) into.unknown = { ...(attributes && { attributes }), ...(children && { children }) };
  return into;
}

function openTag(plan: Plan, name: string, values: Values): string {
  let open = `<${name}`;
  if (plan.content?.[1].at === 'size') open += ` unit='${plan.content[1].unit}'`;
  for (const [key, field] of plan.attributeOrder) {
    const inner = values[key];
    if (inner !== undefined) open += ` ${field.name}='${escapeAttribute(field.scalar.format(inner))}'`;
  }
  const unknown = (values.unknown as UnknownXml | undefined)?.attributes;
  if (unknown) for (const key in unknown) open += ` ${key}='${escapeAttribute(unknown[key] ?? '')}'`;
  return open;
}

function formatChildren(plan: Plan, out: XmlWriter, values: Values): void {
  for (const [key, field] of plan.childOrder) {
    const inner = values[key];
    if (inner === undefined) continue;
    if (field.at === 'flag') writeLine(out, `<${field.name}/>`);
    else if (field.at === 'child') {
      if (field.keepEmpty || !isEmpty(inner)) field.codec.format(out, field.name, inner);
    } else if (field.at === 'list') for (const item of inner as unknown[]) field.codec.format(out, field.name, item);
  }
  for (const node of (values.unknown as UnknownXml | undefined)?.children ?? []) writeNode(out, node);
}

function formatFields(plan: Plan, out: XmlWriter, name: string, values: Values): void {
  const open = openTag(plan, name, values);
  if (plan.content && values[plan.content[0]] !== undefined) {
    const [key, field] = plan.content;
    const inner = field.at === 'size' ? String(values[key]) : escapeText(field.scalar.format(values[key]));
    // No element of libvirt has both text and children, though some may have either (<nvram>, <backend>).
    const before = out.lines.length;
    formatChildren(plan, out, values);
    if (out.lines.length === before) writeLine(out, `${open}>${inner}</${name}>`);
    else out.lines.length = before;
    if (out.lines.length > before) return;
  }
  writeElement(out, name, open, () => formatChildren(plan, out, values));
}

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
  format: (out, name, bytes) => writeLine(out, `<${name} unit='${unit}'>${scaleTo(String(bytes), 'bytes', unit)}</${name}>`),
});

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

// The types of codecs: fields, the definition that comes of them (`Infer`), and their shape, from which tests and documentation read.
import type { Scalar } from './scalar.ts';
import type { ParseWarning, XmlNode, XmlWriter } from './xml.ts';

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
  | { readonly kind: 'size'; readonly unit: string; readonly step?: number }
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
export type Flatten<T> = { [K in keyof T]: T[K] };
export type InferFields<F extends Fields> = Flatten<
  { readonly [K in keyof F as F[K] extends { required: true } ? K : never]: TypeOf<F[K]> } & {
    readonly [K in keyof F as F[K] extends { required: true } ? never : K]?: TypeOf<F[K]> | undefined;
  } & { readonly unknown?: UnknownXml | undefined }
>;
/** The definition that a codec reads and writes. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

// The work behind element(): reads a node by its fields and writes it back, the innermost loop of every definition that is loaded.
import { virError } from '../../common/errors.ts';
import type {
  AttributeField, ChildField, Field, Fields, FlagField, ListField, ParseContext, SizeField, TextField, UnknownXml,
} from './codec-types.ts'; // biome-ignore format: a list
import { type Scalar, scaleTo } from './scalar.ts';
import {
  escapeAttribute,
  escapeText,
  formatPosition,
  writeElement,
  writeLine,
  writeNode,
  type XmlNode,
  type XmlWriter,
} from './xml.ts';

export const fail = (context: ParseContext, node: XmlNode, message: string) =>
  virError('XML_ERROR', `${formatPosition(context.file, node.line, node.column)}: ${message}`);

export const readScalar = <T>(
  scalar: Scalar<T>,
  raw: string,
  node: XmlNode,
  where: string,
  context: ParseContext,
): T => {
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

export type Values = Record<string, unknown>;

const isEmpty = (read: unknown): boolean => {
  if (typeof read !== 'object' || read === null) return false;
  for (const key in read) {
    const inner = (read as Values)[key];
    if (inner !== undefined && !(Array.isArray(inner) && inner.length === 0)) return false;
  }
  return true;
};

/** A field with its place among all of its element's, by which it is written. */
interface Placed<F extends Field> {
  readonly key: string;
  readonly field: F;
  readonly place: number;
}
type PlacedAttribute = Placed<AttributeField<unknown>>;
type PlacedChild = Placed<ChildField<unknown> | ListField<unknown> | FlagField>;

export interface Plan {
  readonly byKey: ReadonlyMap<string, PlacedAttribute | PlacedChild>;
  readonly requiredFields: readonly (readonly [string, Field])[];
  readonly attributes: ReadonlyMap<string, readonly [string, AttributeField<unknown>]>;
  readonly children: ReadonlyMap<string, readonly [string, ChildField<unknown> | ListField<unknown> | FlagField]>;
  readonly content: readonly [string, TextField<unknown> | SizeField] | undefined;
  readonly lists: readonly string[];
}

export function planFields(fields: Fields): Plan {
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
  const placed = [...attributes.values(), ...children.values()];
  const byKey = new Map(
    placed.map(([key, field], place) => [key, { key, field, place } as PlacedAttribute | PlacedChild]),
  );
  return { byKey, requiredFields, attributes, children, content, lists };
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

export function parseFields(plan: Plan, node: XmlNode, context: ParseContext): Values {
  const into: Values = {};
  for (const key of plan.lists) into[key] = [];
  const attributes = parseAttributes(plan, node, context, into);
  const children = parseChildren(plan, node, context, into);
  if (plan.content) {
    const [key, field] = plan.content;
    if (field.at === 'size') into[key] = readSize(field, node, context);
    // Blank space between children is no text.
    else if ((node.text !== '' && node.children.length === 0) || field.required)
      into[key] = readScalar(field.scalar, node.text, node, '', context);
  }
  for (const [key, field] of plan.requiredFields) {
    if (into[key] !== undefined) continue;
    const what = field.at === 'attribute' ? `attribute '${field.name}'` : `<${field.name}>`;
    throw fail(context, node, `missing ${what} in <${node.name}>`);
  }
  if (attributes || children) into.unknown = { ...(attributes && { attributes }), ...(children && { children }) };
  return into;
}

interface Present {
  readonly attributes: PlacedAttribute[];
  readonly children: PlacedChild[];
}

/** Keeps `list` in the order of writing. Nearly always that is the order of coming. */
function insert<P extends PlacedAttribute | PlacedChild>(list: P[], placed: P): void {
  let at = list.length;
  for (; at > 0; at -= 1) {
    const before = list[at - 1];
    if (!before || before.place < placed.place) break;
    list[at] = before;
  }
  list[at] = placed;
}

/** What is to be written, in libvirt's order. By what is there and not by the plan: an interface has eighty fields, and most have three of them. */
function presentIn(plan: Plan, values: Values): Present {
  const attributes: PlacedAttribute[] = [];
  const children: PlacedChild[] = [];
  for (const key in values) {
    const placed = values[key] === undefined ? undefined : plan.byKey.get(key);
    if (!placed) continue;
    if (placed.field.at === 'attribute') insert(attributes, placed as PlacedAttribute);
    else insert(children, placed as PlacedChild);
  }
  return { attributes, children };
}

function openTag(plan: Plan, name: string, attributes: readonly PlacedAttribute[], values: Values): string {
  let open = `<${name}`;
  if (plan.content?.[1].at === 'size') open += ` unit='${plan.content[1].unit}'`;
  for (const { key, field } of attributes)
    open += ` ${field.name}='${escapeAttribute(field.scalar.format(values[key]))}'`;
  const unknown = (values.unknown as UnknownXml | undefined)?.attributes;
  if (unknown) for (const key in unknown) open += ` ${key}='${escapeAttribute(unknown[key] ?? '')}'`;
  return open;
}

function formatChildren(out: XmlWriter, children: readonly PlacedChild[], values: Values): void {
  for (const { key, field } of children) {
    const inner = values[key];
    if (field.at === 'flag') writeLine(out, `<${field.name}/>`);
    else if (field.at === 'list') for (const item of inner as unknown[]) field.codec.format(out, field.name, item);
    else if (field.keepEmpty || !isEmpty(inner)) field.codec.format(out, field.name, inner);
  }
  const unknown = (values.unknown as UnknownXml | undefined)?.children;
  if (unknown) for (const node of unknown) writeNode(out, node);
}

export function formatFields(plan: Plan, out: XmlWriter, name: string, values: Values): void {
  const { attributes, children } = presentIn(plan, values);
  const open = openTag(plan, name, attributes, values);
  if (plan.content && values[plan.content[0]] !== undefined) {
    const [key, field] = plan.content;
    const inner = field.at === 'size' ? String(values[key]) : escapeText(field.scalar.format(values[key]));
    // No element of libvirt has both text and children, though some may have either (<nvram>, <backend>).
    const before = out.lines.length;
    formatChildren(out, children, values);
    if (out.lines.length === before) writeLine(out, `${open}>${inner}</${name}>`);
    else out.lines.length = before;
    if (out.lines.length > before) return;
  }
  writeElement(out, name, open, () => formatChildren(out, children, values));
}

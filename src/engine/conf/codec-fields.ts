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
  for (const inner of Object.values(read)) {
    if (inner !== undefined && !(Array.isArray(inner) && inner.length === 0)) return false;
  }
  return true;
};

export interface Plan {
  /** Attributes in the order in which they are written, children likewise; lists of their own because this is the innermost loop. */
  readonly attributeOrder: readonly (readonly [string, AttributeField<unknown>])[];
  readonly childOrder: readonly (readonly [string, ChildField<unknown> | ListField<unknown> | FlagField])[];
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

export function formatFields(plan: Plan, out: XmlWriter, name: string, values: Values): void {
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

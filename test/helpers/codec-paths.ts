// Every attribute, element and text that the codecs declare, as paths ('disk/driver@cache'), and the paths that an XML tree really has.
import type { Fields, Shape } from '../../src/engine/conf/codec.ts';
import type { XmlNode } from '../../src/engine/conf/xml.ts';

interface Shaped {
  readonly shape: Shape;
}

function addFields(fields: Fields, path: string, seen: ReadonlySet<Shaped>, out: Set<string>): void {
  for (const field of Object.values(fields)) {
    if (field.at === 'attribute') out.add(`${path}@${field.name}`);
    else if (field.at === 'flag') out.add(`${path}/${field.name}`);
    else if (field.at === 'child' || field.at === 'list') addCodec(field.codec, `${path}/${field.name}`, seen, out);
  }
}

function addCodec(codec: Shaped, path: string, seen: ReadonlySet<Shaped>, out: Set<string>): void {
  out.add(path);
  // An element inside itself is declared once.
  if (seen.has(codec)) return;
  const { shape } = codec;
  const inner = new Set([...seen, codec]);
  if (shape.kind === 'element') addFields(shape.fields, path, inner, out);
  if (shape.kind === 'variants') for (const one of Object.values(shape.cases)) addCodec(one, path, inner, out);
  if (shape.kind === 'lazy') addCodec(shape.get(), path, inner, out);
}

export function declaredPaths(codec: Shaped, name: string): ReadonlySet<string> {
  const out = new Set<string>();
  addCodec(codec, name, new Set(), out);
  return out;
}

export function usedPaths(node: XmlNode, out: Set<string>, path = node.name): void {
  out.add(path);
  for (const name of Object.keys(node.attributes)) out.add(`${path}@${name}`);
  for (const child of node.children) usedPaths(child, out, `${path}/${child.name}`);
}

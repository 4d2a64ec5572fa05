// A domain's <metadata>: one element a namespace, each of some program's own. They are handed out without their prefix, as libvirt does
// (virXMLExtractNamespaceXML), and kept with it. Pure.
import { virError } from '../../common/errors.ts';
import type { DomainDef } from './domain.ts';
import { parseXml, writeNode, type XmlNode, type XmlWriter } from './xml.ts';

const prefixOf = (name: string): string => (name.includes(':') ? name.slice(0, name.indexOf(':')) : '');
const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

function namespaceOf(node: XmlNode, metadata: XmlNode): string | undefined {
  const prefix = prefixOf(node.name);
  const attribute = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  return node.attributes[attribute] ?? metadata.attributes[attribute];
}

/** The same elements without `prefix` and its declaration. */
function withoutPrefix(node: XmlNode, prefix: string): XmlNode {
  const declaration = prefix === '' ? 'xmlns' : `xmlns:${prefix}`;
  return {
    ...node,
    name: prefixOf(node.name) === prefix ? localName(node.name) : node.name,
    attributes: Object.fromEntries(Object.entries(node.attributes).filter(([name]) => name !== declaration)),
    children: node.children.map((child) => withoutPrefix(child, prefix)),
  };
}

const withPrefix = (node: XmlNode, prefix: string): XmlNode => ({
  ...node,
  name: node.name.includes(':') ? node.name : `${prefix}:${node.name}`,
  children: node.children.map((child) => withPrefix(child, prefix)),
});

/** The element of namespace `uri` as XML, or undefined. */
export function formatMetadata(def: DomainDef, uri: string): string | undefined {
  const { metadata } = def;
  const found = metadata?.children.find((node) => namespaceOf(node, metadata) === uri);
  if (!found) return undefined;
  const out: XmlWriter = { lines: [], depth: 0 };
  writeNode(out, withoutPrefix(found, prefixOf(found.name)));
  return `${out.lines.join('\n')}\n`;
}

/** `def` with `xml` as its element of namespace `uri`, or with none. Throws INVALID_ARG where the prefix is missing, XML_ERROR. */
export function withMetadata(
  def: DomainDef,
  { uri, key, xml }: { readonly uri: string; readonly key?: string | undefined; readonly xml?: string | undefined },
): DomainDef {
  const { metadata } = def;
  const others = (metadata?.children ?? []).filter((node) => metadata && namespaceOf(node, metadata) !== uri);
  if (xml === undefined) {
    const left = metadata && others.length > 0 ? { ...metadata, children: others } : undefined;
    return { ...def, metadata: left };
  }
  if (!key || !/^[A-Za-z_][\w.-]*$/.test(key))
    throw virError('INVALID_ARG', `metadata of ${uri} needs a prefix, a name such as 'app'`);
  const element = withPrefix(parseXml(xml, 'the metadata'), key);
  const declared = { ...element, attributes: { ...element.attributes, [`xmlns:${key}`]: uri } };
  const root = metadata ?? { name: 'metadata', attributes: {}, children: [], text: '', line: 0, column: 0 };
  return { ...def, metadata: { ...root, children: [...others, declared] } };
}

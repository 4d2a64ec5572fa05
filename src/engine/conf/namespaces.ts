// Prefixes are the author's choice, so elements of libvirt's QEMU namespace are renamed to the usual `qemu:` before codecs see them. What lies in
// another namespace is left alone, and <metadata> as a whole.
import { QEMU_NAMESPACE } from './qemu-namespace.ts';
import type { XmlNode } from './xml.ts';

/** Prefix ('' for the default) → namespace, as far as a node and its parents declare them. */
type Bindings = Readonly<Record<string, string>>;

function bindingsOf(node: XmlNode, outer: Bindings): Bindings {
  let bindings = outer;
  for (const name in node.attributes) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue;
    bindings = { ...bindings, [name.slice(6)]: node.attributes[name] ?? '' };
  }
  return bindings;
}

function rename(node: XmlNode, outer: Bindings): XmlNode {
  const bindings = bindingsOf(node, outer);
  const colon = node.name.indexOf(':');
  const prefix = colon < 0 ? '' : node.name.slice(0, colon);
  const isQemu = bindings[prefix] === QEMU_NAMESPACE;
  if (!isQemu && bindings === outer && node.children.length === 0) return node;
  const name = isQemu ? `qemu:${node.name.slice(colon + 1)}` : node.name;
  return { ...node, name, children: node.children.map((child) => rename(child, bindings)) };
}

/** Only direct children of <domain> can be of our namespace; everything else needs no look. */
export function normalizeNamespaces(root: XmlNode): XmlNode {
  const bindings = bindingsOf(root, {});
  const colon = root.name.indexOf(':');
  const children = root.children.map((child) => {
    const isOwn = child.name.includes(':') || bindingsOf(child, bindings)[''] === QEMU_NAMESPACE;
    return isOwn ? rename(child, bindings) : child;
  });
  return { ...root, name: colon < 0 ? root.name : root.name.slice(colon + 1), children };
}

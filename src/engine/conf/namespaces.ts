// Prefixes are the author's choice, so elements of libvirt's QEMU namespace are renamed to the usual `qemu:` before codecs see them, and a
// prefix bound to no namespace of ours is left alone. Also `<ns0:domain>` with no namespace of its own is nothing we know.
import { QEMU_NAMESPACE } from './qemu-namespace.ts';
import type { XmlNode } from './xml.ts';

const rename = (node: XmlNode, prefix: string): XmlNode => ({
  ...node,
  name: node.name.startsWith(`${prefix}:`) ? `qemu:${node.name.slice(prefix.length + 1)}` : node.name,
  children: node.children.map((child) => rename(child, prefix)),
});

/** The QEMU namespace may be declared on the root or on its own child, under any prefix or as the default. */
export function normalizeNamespaces(root: XmlNode): XmlNode {
  const onRoot = prefixOf(root);
  const children = root.children.map((child) => {
    const prefix = prefixOf(child) ?? onRoot;
    if (prefix === undefined || (prefix === 'qemu' && onRoot === 'qemu')) return child;
    return prefix === '' ? withPrefix(child) : rename(child, prefix);
  });
  return { ...root, children };
}

const withPrefix = (node: XmlNode): XmlNode => ({
  ...node,
  name: `qemu:${node.name}`,
  children: node.children.map(withPrefix),
});

function prefixOf(node: XmlNode): string | undefined {
  for (const name in node.attributes) {
    if (node.attributes[name] === QEMU_NAMESPACE && name.startsWith('xmlns')) return name.slice(6);
  }
  return undefined;
}

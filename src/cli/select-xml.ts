// --xpath and --wrap (tools/vsh-util.c, virshDumpXML): the parts of a document that an XPath 1.0 expression finds, printed as libxml2 prints them. Loaded only where it
// is asked for.
import { DOMParser, type Element, type Node } from '@xmldom/xmldom';
import xpath from 'xpath';
import { virError } from '../common/errors.ts';

// By another name than React's hooks have, which it is none of.
const { useNamespaces: selectorFor } = xpath;

const escapeText = (text: string): string =>
  text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);
const escapeAttribute = (text: string): string => escapeText(text).replaceAll('"', '&quot;');

const [ELEMENT, ATTRIBUTE, TEXT, CDATA, COMMENT, DOCUMENT] = [1, 2, 3, 4, 8, 9];
const isBlank = (node: Node): boolean => node.nodeType === TEXT && (node.nodeValue ?? '').trim() === '';
const childrenOf = (node: Node): readonly Node[] => Array.from(node.childNodes).filter((child) => !isBlank(child));

/** One node; an element's children are on lines of their own, unless there is text among them. */
function formatNode(node: Node, indent: string): string {
  switch (node.nodeType) {
    case ELEMENT:
      return formatElement(node as Element, indent);
    case ATTRIBUTE:
      return ` ${node.nodeName}="${escapeAttribute(node.nodeValue ?? '')}"`;
    case TEXT:
    case CDATA:
      return escapeText(node.nodeValue ?? '');
    case COMMENT:
      return `<!--${node.nodeValue ?? ''}-->`;
    case DOCUMENT:
      return childrenOf(node)
        .map((child) => formatNode(child, indent))
        .join('\n');
    default:
      return '';
  }
}

function formatElement(element: Element, indent: string): string {
  const attributes = Array.from(element.attributes)
    .map((attribute) => formatNode(attribute as unknown as Node, ''))
    .join('');
  const children = childrenOf(element as unknown as Node);
  const open = `<${element.tagName}${attributes}`;
  if (children.length === 0) return `${open}/>`;
  const isMixed = children.some(({ nodeType }) => nodeType === TEXT || nodeType === CDATA);
  const inner = isMixed
    ? children.map((child) => formatNode(child, '')).join('')
    : `${children.map((child) => `\n${indent}  ${formatNode(child, `${indent}  `)}`).join('')}\n${indent}`;
  return `${open}>${inner}</${element.tagName}>`;
}

/** Prefixes that the document itself gives a meaning, by which an expression can name what is in its metadata. */
function namespacesOf(root: Node): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (node: Node): void => {
    if (node.nodeType === ELEMENT && node.prefix && node.namespaceURI) found[node.prefix] ??= node.namespaceURI;
    for (const child of Array.from(node.childNodes)) visit(child);
  };
  visit(root);
  return found;
}

function select(xml: string, expression: string): readonly Node[] {
  const document = new DOMParser().parseFromString(xml, 'text/xml');
  let result: unknown;
  try {
    result = selectorFor(namespacesOf(document))(expression, document as never);
  } catch (error) {
    throw virError('INVALID_ARG', `Incorrect xpath '${expression}'`, { cause: error });
  }
  // A number, a string or a truth is no part of a document: virsh says the same.
  if (!Array.isArray(result)) throw virError('INVALID_ARG', `Incorrect xpath '${expression}'`);
  return result as readonly Node[];
}

/** What `expression` finds in `xml`, one text each. Throws INVALID_ARG for what is no expression, or finds no nodes of any kind. */
export const selectXml = (xml: string, expression: string): readonly string[] =>
  select(xml, expression).map((node) => formatNode(node, ''));

/** The same inside one <nodes>, which is a document again; attributes become the attributes of it, as in virsh. */
export function wrapXml(xml: string, expression: string): string {
  const nodes = select(xml, expression);
  const attributes = nodes.filter(({ nodeType }) => nodeType === ATTRIBUTE).map((node) => formatNode(node, ''));
  const rest = nodes.filter(({ nodeType }) => nodeType !== ATTRIBUTE);
  const open = `<nodes${attributes.join('')}`;
  if (rest.length === 0) return `${open}/>`;
  const isText = rest.some(({ nodeType }) => nodeType === TEXT || nodeType === CDATA);
  const inner = isText
    ? rest.map((node) => formatNode(node, '')).join('')
    : `${rest.map((node) => `\n  ${formatNode(node, '  ')}`).join('')}\n`;
  return `${open}>${inner}</nodes>`;
}

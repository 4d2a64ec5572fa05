// Text ⇄ element tree, for domain XML only. Strict and bounded: no DOCTYPE, so no entity of the author's own and no external one; depth, size
// and the number of elements are limited, because a definition may come from a stranger. Nothing here knows what an element means.
import { SaxesParser } from 'saxes';
import { virError } from '../../common/errors.ts';

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  /** Character data directly inside the element, CDATA included, in order. */
  readonly text: string;
  /** Where the start tag begins, both from 1; 0 for a node that was not read from a text. */
  readonly line: number;
  readonly column: number;
}

export interface ParseWarning {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export const XML_LIMITS = { characters: 4 * 1024 * 1024, depth: 64, elements: 100_000 } as const;

interface OpenNode {
  name: string;
  attributes: Record<string, string>;
  children: XmlNode[];
  text: string;
  line: number;
  column: number;
}

/** 'web.xml:3:7' or, with no file, '3:7': the way every message about XML begins. */
export const formatPosition = (file: string | undefined, line: number, column: number): string =>
  `${file === undefined ? '' : `${file}:`}${line}:${column}`;

const xmlError = (file: string | undefined, line: number, column: number, message: string) =>
  virError('XML_ERROR', `${formatPosition(file, line, column)}: ${message}`);

class TreeBuilder {
  readonly #file: string | undefined;
  readonly #parser = new SaxesParser();
  readonly #stack: OpenNode[] = [];
  #root: OpenNode | undefined;
  #elements = 0;
  #start = { line: 1, column: 1 };
  #source = '';
  /** Line and offset of its first sign, up to where start tags were placed. */
  #line = 1;
  #lineStart = 0;

  constructor(file: string | undefined) {
    this.#file = file;
    this.#parser.on('error', (error) => {
      throw this.#error(error.message.replace(/^\S*\d+:\d+: /, ''));
    });
    this.#parser.on('doctype', () => {
      throw this.#error('a document type declaration is not allowed in a definition');
    });
    this.#parser.on('opentagstart', (tag) => {
      // The parser stands behind the sign that ended the name.
      this.#start = this.#place(this.#parser.position - tag.name.length - 2);
    });
    this.#parser.on('opentag', (tag) => this.#open(tag.name, tag.attributes));
    this.#parser.on('closetag', () => this.#close());
    this.#parser.on('text', (text) => this.#text(text));
    this.#parser.on('cdata', (text) => this.#text(text));
  }

  #error(message: string) {
    return xmlError(this.#file, this.#parser.line, this.#parser.columnIndex + 1, message);
  }

  /** Start tags come in order, so lines are counted once. */
  #place(offset: number): { line: number; column: number } {
    for (;;) {
      const end = this.#source.indexOf('\n', this.#lineStart);
      if (end < 0 || end >= offset) break;
      this.#line += 1;
      this.#lineStart = end + 1;
    }
    return { line: this.#line, column: Math.max(1, offset - this.#lineStart + 1) };
  }

  #open(name: string, attributes: Record<string, string>): void {
    this.#elements += 1;
    if (this.#elements > XML_LIMITS.elements) throw this.#error(`more than ${XML_LIMITS.elements} elements`);
    if (this.#stack.length >= XML_LIMITS.depth)
      throw this.#error(`elements are nested deeper than ${XML_LIMITS.depth}`);
    // The parser makes a new object of attributes for each tag, so it can be kept as it is: copying it would be a sixth of all the work.
    const { line, column } = this.#start;
    const node: OpenNode = { name, attributes, children: [], text: '', line, column };
    const parent = this.#stack.at(-1);
    if (parent) parent.children.push(node);
    else this.#root = node;
    this.#stack.push(node);
  }

  /** Blank space between elements only makes them readable. */
  #close(): void {
    const node = this.#stack.pop();
    if (node && node.children.length > 0 && node.text.trim() === '') node.text = '';
  }

  #text(text: string): void {
    const top = this.#stack.at(-1);
    if (top) top.text += text;
  }

  build(text: string): XmlNode {
    if (text.length > XML_LIMITS.characters)
      throw xmlError(this.#file, 1, 1, `larger than ${XML_LIMITS.characters} characters`);
    this.#source = text;
    this.#parser.write(text).close();
    if (!this.#root) throw xmlError(this.#file, 1, 1, 'the document has no element');
    return this.#root;
  }
}

/** The root element of `text`. `file` only serves messages. Throws XML_ERROR, `file:line:column: what`. */
export const parseXml = (text: string, file?: string): XmlNode => new TreeBuilder(file).build(text);

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&apos;',
  '"': '&quot;',
  '\r': '&#13;',
};
const ATTRIBUTE_ESCAPES: Readonly<Record<string, string>> = { ...ESCAPES, '\n': '&#10;', '\t': '&#9;' };

export const escapeText = (text: string): string =>
  /[&<>'"\r]/.test(text) ? text.replace(/[&<>'"\r]/g, (sign) => ESCAPES[sign] ?? sign) : text;

/** Attribute values also keep their line ends, which a reader would otherwise turn into blanks. */
export const escapeAttribute = (text: string): string =>
  /[&<>'"\r\n\t]/.test(text) ? text.replace(/[&<>'"\r\n\t]/g, (sign) => ATTRIBUTE_ESCAPES[sign] ?? sign) : text;

/** Lines of XML under construction; two blanks a level, as libvirt writes. */
export interface XmlWriter {
  readonly lines: string[];
  depth: number;
}

const INDENTS = Array.from({ length: XML_LIMITS.depth + 2 }, (_, depth) => '  '.repeat(depth));

export const writeLine = (out: XmlWriter, line: string): void => {
  out.lines.push((INDENTS[out.depth] ?? '') + line);
};

/** Writes `open` (without its bracket), what `body` adds inside, and the end tag, or one empty tag where `body` adds nothing. */
export function writeElement(out: XmlWriter, name: string, open: string, body: () => void): void {
  writeLine(out, `${open}>`);
  const before = out.lines.length;
  out.depth += 1;
  body();
  out.depth -= 1;
  if (out.lines.length === before) out.lines[before - 1] = `${INDENTS[out.depth] ?? ''}${open}/>`;
  else writeLine(out, `</${name}>`);
}

/** A node that no codec knows, as it was read. */
export function writeNode(out: XmlWriter, node: XmlNode): void {
  let open = `<${node.name}`;
  for (const [name, value] of Object.entries(node.attributes)) open += ` ${name}='${escapeAttribute(value)}'`;
  if (node.children.length === 0 && node.text !== '') {
    writeLine(out, `${open}>${escapeText(node.text)}</${node.name}>`);
    return;
  }
  writeElement(out, node.name, open, () => {
    if (node.text.trim() !== '') writeLine(out, escapeText(node.text.trim()));
    for (const child of node.children) writeNode(out, child);
  });
}

// XML from strangers: what is not plain, bounded XML is refused, and where.
import { describe, expect, it } from 'vitest';
import { parseDomain } from '../../../../src/engine/conf/domain.ts';
import {
  escapeAttribute,
  escapeText,
  parseXml,
  writeNode,
  XML_LIMITS,
  type XmlWriter,
} from '../../../../src/engine/conf/xml.ts';

const refuse = (text: string, message: RegExp): void => {
  expect(() => parseXml(text, 'guest.xml')).toThrowError(message);
  expect(() => parseXml(text, 'guest.xml')).toThrowError(expect.objectContaining({ code: 'XML_ERROR' }));
};

describe('hostile XML', () => {
  it('may have no document type, so no entity of its own', () => {
    refuse(
      '<!DOCTYPE d [<!ENTITY a "b">]>\n<d>&a;</d>',
      /^guest\.xml:1:\d+: a document type declaration is not allowed/,
    );
    refuse('<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>', /document type declaration is not allowed/);
  });

  it('may not name an entity that XML does not have', () => {
    refuse('<d>&lol;</d>', /^guest\.xml:1:\d+: .*entit/i);
  });

  it('may not nest without end', () => {
    const deep = XML_LIMITS.depth + 1;
    refuse('<a>'.repeat(deep) + '</a>'.repeat(deep), /nested deeper than 64/);
  });

  it('may not have elements without end', () => {
    refuse(`<a>${'<b/>'.repeat(XML_LIMITS.elements)}</a>`, /more than 100000 elements/);
  });

  it('may not be larger than a definition ever is', () => {
    refuse(`<a>${' '.repeat(XML_LIMITS.characters)}</a>`, /larger than/);
  });

  it.each([
    ['<domain>\n  <name>x</nam>\n</domain>', /^guest\.xml:2:\d+: /],
    ['<domain type="kvm>\n', /^guest\.xml:\d+:\d+: /],
    ['<domain\n<dom', /^guest\.xml:2:\d+: /],
    ['', /^guest\.xml:\d+:\d+: /],
    ['plain text', /^guest\.xml:1:\d+: /],
    ['<a/><b/>', /^guest\.xml:1:\d+: /],
    ['<a b="1" b="2"/>', /^guest\.xml:1:\d+: /],
    ['<a>\u0000</a>', /^guest\.xml:1:\d+: /],
  ])('that is broken is refused with its place: %j', (text, message) => refuse(text, message));
});

describe('a node', () => {
  it('knows where it began', () => {
    const root = parseXml('<a>\n  <b\n    c="1">x</b>\n</a>');
    expect(root.children[0]).toMatchObject({ name: 'b', attributes: { c: '1' }, text: 'x', line: 2, column: 3 });
  });

  it('holds CDATA as text', () => {
    expect(parseXml('<a>1 <![CDATA[< 2]]></a>').text).toBe('1 < 2');
  });

  it('is written so that it reads the same', () => {
    const node = parseXml('<a q="&lt;&quot;&#10;"><b>x &amp; y</b><c/></a>');
    const out: XmlWriter = { lines: [], depth: 0 };
    writeNode(out, node);
    expect(out.lines).toEqual(["<a q='&lt;&quot;&#10;'>", '  <b>x &amp; y</b>', '  <c/>', '</a>']);
  });
});

describe('escaping', () => {
  it('keeps line ends in attributes', () => {
    expect(escapeAttribute(`a\n'b'\t<`)).toBe('a&#10;&apos;b&apos;&#9;&lt;');
  });
  it('leaves plain text alone', () => {
    expect(escapeText('plain, text\n')).toBe('plain, text\n');
  });
});

describe('a domain', () => {
  it('is a <domain>', () => {
    expect(() => parseDomain('<network/>')).toThrowError(/unexpected root element <network>, expecting <domain>/);
  });
});

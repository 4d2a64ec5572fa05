import { describe, expect, it } from 'vitest';
import { selectXml, wrapXml } from '../../../src/cli/select-xml.ts';

const XML = `<domain type='qemu'>
  <name>a &amp; b</name>
  <metadata>
    <libosinfo:os xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0' id='http://debian.org/debian/12'/>
  </metadata>
  <devices>
    <disk type='file'>
      <source file='/a "b".img'/>
    </disk>
    <input type='mouse' bus='ps2'/>
    <input type='keyboard' bus='ps2'/>
  </devices>
</domain>`;

describe('--xpath', () => {
  it.each([
    ['//input/@type', [' type="mouse"', ' type="keyboard"']],
    ['/domain/name/text()', ['a &amp; b']],
    ['//disk', ['<disk type="file">\n  <source file="/a &quot;b&quot;.img"/>\n</disk>']],
    ['//input[@type="mouse"]', ['<input type="mouse" bus="ps2"/>']],
    ['//name', ['<name>a &amp; b</name>']],
    ['//libosinfo:os/@id', [' id="http://debian.org/debian/12"']],
    ['//nothing', []],
  ])('%s prints what it finds as libxml2 would', (expression, found) => {
    expect(selectXml(XML, expression)).toEqual(found);
  });

  it.each(['//[', 'count(//input)', 'string(//name)', 'true()', '//nowhere:os'])('%s is refused', (expression) => {
    expect(() => selectXml(XML, expression)).toThrow(`Incorrect xpath '${expression}'`);
  });
});

describe('--wrap', () => {
  it.each([
    ['//input', '<nodes>\n  <input type="mouse" bus="ps2"/>\n  <input type="keyboard" bus="ps2"/>\n</nodes>'],
    ['/domain/name/text()', '<nodes>a &amp; b</nodes>'],
    ['/domain/@type', '<nodes type="qemu"/>'],
    ['//nothing', '<nodes/>'],
    ['//disk', '<nodes>\n  <disk type="file">\n    <source file="/a &quot;b&quot;.img"/>\n  </disk>\n</nodes>'],
  ])('makes one document of what %s finds', (expression, document) => {
    expect(wrapXml(XML, expression)).toBe(document);
  });
});

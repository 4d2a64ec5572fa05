import { describe, expect, it } from 'vitest';
import { withDestination } from '../../../../../src/engine/driver/block/copy-destination.ts';

const from = (xml: string, more: object = {}) => withDestination({ domain: 'web', disk: 'vda', xml, ...more });

describe('where a disk is copied to, as XML', () => {
  it.each([
    [
      'a file',
      "<disk type='file'><driver type='raw'/><source file='/a'/></disk>",
      { destination: '/a', format: 'raw' },
    ],
    ['a file of the disk’s own format', "<disk><source file='/a'/></disk>", { destination: '/a' }],
    [
      'a block device',
      "<disk type='block'><source dev='/dev/x'/></disk>",
      { destination: '/dev/x', isBlockDevice: true },
    ],
    [
      'what else stands there notwithstanding',
      "<disk type='file' device='cdrom'><driver type='qcow2' cache='none'/><source file='/a'/><target dev='vdz' bus='ide'/><backingStore/></disk>",
      { destination: '/a', format: 'qcow2' },
    ],
  ])('is %s', (_title, xml, expected) => {
    const { domain: _domain, disk: _disk, xml: _xml, ...rest } = from(xml);
    expect(rest).toEqual(expected);
  });

  it.each([
    ['another element', "<interface type='user'/>", 'XML_ERROR'],
    ['no place', "<disk type='file'/>", 'XML_ERROR'],
    ['a file that is no file', "<disk type='block'><source file='/a'/></disk>", 'XML_ERROR'],
    ['a relative path', "<disk type='file'><source file='a'/></disk>", 'INVALID_ARG'],
    ['a network', "<disk type='network'><source protocol='nbd' name='x'/></disk>", 'CONFIG_UNSUPPORTED'],
    ['a volume', "<disk type='volume'><source pool='x' volume='y'/></disk>", 'CONFIG_UNSUPPORTED'],
    [
      'an encrypted image',
      "<disk type='file'><source file='/a'><encryption format='luks'><secret type='passphrase' uuid='0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f'/></encryption></source></disk>",
      'CONFIG_UNSUPPORTED',
    ],
    [
      'a slice',
      "<disk type='file'><source file='/a'><slices><slice type='storage' offset='1' size='2'/></slices></source></disk>",
      'CONFIG_UNSUPPORTED',
    ],
    [
      'a chain',
      "<disk type='file'><source file='/a'/><backingStore type='file'><format type='raw'/><source file='/b'/></backingStore></disk>",
      'INVALID_ARG',
    ],
  ])('is never %s', (_title, xml, code) => {
    expect(() => from(xml)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('is said once', () => {
    const on = { domain: 'web', disk: 'vda' };
    const xml = "<disk><source file='/a'/></disk>";
    for (const input of [
      on,
      { ...on, xml, destination: '/a' },
      { ...on, xml, format: 'raw' },
      { ...on, xml, isBlockDevice: true },
    ])
      expect(() => withDestination(input)).toThrow(expect.objectContaining({ code: 'INVALID_ARG' }) as Error);
    expect(withDestination({ ...on, destination: '/a', format: 'raw' })).toEqual({
      ...on,
      destination: '/a',
      format: 'raw',
    });
  });
});

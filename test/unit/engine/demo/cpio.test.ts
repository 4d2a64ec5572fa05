import { describe, expect, it } from 'vitest';
import { type CpioEntry, writeCpio } from '../../../../src/engine/demo/cpio.ts';

const FIELDS = [
  'ino',
  'mode',
  'uid',
  'gid',
  'nlink',
  'mtime',
  'size',
  'major',
  'minor',
  'rmajor',
  'rminor',
  'nameSize',
];
const align = (offset: number) => Math.ceil(offset / 4) * 4;

/** Reads a newc archive back, after the kernel's description of the format. */
function readCpio(archive: Buffer) {
  const entries: { name: string; mode: number; uid: number; data: string }[] = [];
  for (let offset = 0; offset < archive.length; ) {
    expect(archive.toString('latin1', offset, offset + 6)).toBe('070701');
    const field = (name: string) => {
      const at = offset + 6 + 8 * FIELDS.indexOf(name);
      return Number.parseInt(archive.toString('latin1', at, at + 8), 16);
    };
    const name = archive.toString('utf8', offset + 110, offset + 110 + field('nameSize') - 1);
    const start = align(offset + 110 + field('nameSize'));
    entries.push({
      name,
      mode: field('mode'),
      uid: field('uid'),
      data: archive.toString('utf8', start, start + field('size')),
    });
    offset = align(start + field('size'));
  }
  return entries;
}

const ENTRIES: CpioEntry[] = [
  { kind: 'directory', path: 'bin' },
  { kind: 'file', path: 'bin/hello', mode: 0o755, data: Buffer.from('#!/bin/sh\n') },
  { kind: 'symlink', path: 'bin/ash', target: 'hello' },
  { kind: 'file', path: 'é', mode: 0o644, data: Buffer.alloc(0) },
];

describe('the initramfs archive', () => {
  it('holds folders, files and links with their modes, owned by root, and ends with the trailer', () => {
    expect(readCpio(writeCpio(ENTRIES))).toEqual([
      { name: 'bin', mode: 0o040755, uid: 0, data: '' },
      { name: 'bin/hello', mode: 0o100755, uid: 0, data: '#!/bin/sh\n' },
      { name: 'bin/ash', mode: 0o120777, uid: 0, data: 'hello' },
      { name: 'é', mode: 0o100644, uid: 0, data: '' },
      { name: 'TRAILER!!!', mode: 0, uid: 0, data: '' },
    ]);
  });

  it('is the same for the same input, so that the guest can be compared', () => {
    expect(writeCpio(ENTRIES).equals(writeCpio(ENTRIES))).toBe(true);
  });
});

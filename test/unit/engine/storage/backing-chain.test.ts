// The headers of a chain's images: what lies below, and what must not be believed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseQcow2Link, readBackingChain } from '../../../../src/engine/storage/backing-chain.ts';

interface Header {
  readonly backing?: string;
  readonly format?: string;
  readonly version?: 2 | 3;
  /** Overrides what is said of where the name lies and how long it is. */
  readonly offset?: number;
  readonly length?: number;
  readonly extensionLength?: number;
}

/** The first cluster of a qcow2 image (qemu: docs/interop/qcow2.txt). */
function qcow2({ backing, format, version = 3, offset, length, extensionLength }: Header): Buffer {
  const header = Buffer.alloc(64 * 1024);
  header.writeUInt32BE(0x514649fb, 0);
  header.writeUInt32BE(version, 4);
  header.writeUInt32BE(104, 100);
  let at = version === 3 ? 104 : 72;
  if (format !== undefined) {
    header.writeUInt32BE(0xe2792aca, at);
    header.writeUInt32BE(extensionLength ?? format.length, at + 4);
    header.write(format, at + 8);
    at += 8 + Math.ceil(format.length / 8) * 8;
  }
  at += 8; // the end of the extensions
  if (backing !== undefined) {
    header.writeBigUInt64BE(BigInt(offset ?? at), 8);
    header.writeUInt32BE(length ?? backing.length, 16);
    header.write(backing, at);
  }
  return header;
}

describe('the header of a qcow2 image', () => {
  it('names the image below and its format', () => {
    expect(parseQcow2Link(qcow2({ backing: 'base.img', format: 'raw' }), 'top')).toEqual({
      name: 'base.img',
      format: 'raw',
    });
    expect(parseQcow2Link(qcow2({ backing: '/a', format: 'qcow2', version: 2 }), 'top')).toEqual({
      name: '/a',
      format: 'qcow2',
    });
    expect(parseQcow2Link(qcow2({ backing: '/a' }), 'top')).toEqual({ name: '/a', format: undefined });
    expect(parseQcow2Link(qcow2({}), 'top')).toBeUndefined();
  });

  it.each<readonly [string, Header]>([
    ['a name beyond the header', { backing: '/a', offset: 2 ** 40 }],
    ['a name of no length', { backing: '/a', length: 0 }],
    ['a name that is longer than QEMU’s', { backing: '/a', length: 2000 }],
    ['an extension that reaches into the name', { backing: '/a', format: 'raw', extensionLength: 60_000 }],
  ])('with %s is damaged', (_, header) => {
    expect(() => parseQcow2Link(qcow2(header), '/x.qcow2')).toThrow('the header of the disk image /x.qcow2 is damaged');
  });
});

describe('a chain', () => {
  function folder(files: Readonly<Record<string, Buffer | string>>): string {
    const dir = mkdtempSync(join(tmpdir(), 'vt-'));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
    return dir;
  }
  const read = (dir: string, name: string, format = 'qcow2') => readBackingChain(join(dir, name), format);

  it('ends at a raw image, whatever a guest wrote into it', async () => {
    const disguised = qcow2({ backing: '/etc/passwd', format: 'raw' });
    const dir = folder({ top: qcow2({ backing: 'base', format: 'raw' }), base: disguised });
    expect(await read(dir, 'top')).toEqual({
      images: [{ type: 'file', path: join(dir, 'base'), format: 'raw' }],
      isWhole: true,
    });
    expect(await read(dir, 'base', 'raw')).toEqual({ images: [], isWhole: true });
  });

  it('goes down layer by layer, each name relative to the image that says it', async () => {
    const dir = folder({
      top: qcow2({ backing: 'mid', format: 'qcow2' }),
      mid: qcow2({ backing: './base', format: 'qcow2' }),
      base: qcow2({}),
    });
    const { images, isWhole } = await read(dir, 'top');
    expect(images.map(({ path }) => path)).toEqual([join(dir, 'mid'), join(dir, 'base')]);
    expect(isWhole).toBe(true);
  });

  it.each([
    ['another protocol', { backing: 'nbd://host/x', format: 'raw' }],
    ['a description in JSON', { backing: 'json:{"driver":"null-co"}', format: 'raw' }],
  ])('is left to QEMU from %s on', async (_, header) => {
    expect(await read(folder({ top: qcow2(header) }), 'top')).toEqual({ images: [], isWhole: false });
  });

  it('that says no format is taken for raw only where the image below looks like none', async () => {
    const plain = folder({ top: qcow2({ backing: 'base' }), base: 'just data' });
    expect((await read(plain, 'top')).images[0]?.format).toBe('raw');
    const hidden = folder({ top: qcow2({ backing: 'base' }), base: qcow2({}) });
    await expect(read(hidden, 'top')).rejects.toMatchObject({ code: 'OPERATION_FAILED' });
  });

  it('that leads back to itself, or to nowhere, is refused', async () => {
    const loop = folder({ a: qcow2({ backing: 'b', format: 'qcow2' }), b: qcow2({ backing: 'a', format: 'qcow2' }) });
    await expect(read(loop, 'a')).rejects.toThrow('leads back to itself');
    await expect(read(folder({ a: qcow2({ backing: 'gone', format: 'raw' }) }), 'a')).rejects.toMatchObject({
      code: 'NO_STORAGE_VOL',
    });
  });
});

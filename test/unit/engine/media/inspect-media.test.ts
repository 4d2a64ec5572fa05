import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspectMedia } from '../../../../src/engine/media/inspect-media.ts';
import type { IsoLabel } from '../../../../src/engine/osinfo/identify-media.ts';

const SECTOR = 2048;

let dir: string;
const put = async (name: string, data: Buffer | string) => {
  await writeFile(join(dir, name), data);
  return join(dir, name);
};
const put0 = (data: Buffer | string) => put('image', data);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vivarium-media-'));
});
afterEach(() => rm(dir, { recursive: true }));

const descriptor = (type: number) => {
  const sector = Buffer.alloc(SECTOR);
  sector[0] = type;
  sector.write('CD001\x01', 1, 'latin1');
  return sector;
};

function primary(volumeId: string, sectors: number) {
  const sector = descriptor(1);
  sector.write('LINUX'.padEnd(32), 8);
  sector.write(volumeId.padEnd(32), 40);
  sector.writeUInt32LE(sectors, 80);
  sector.writeUInt16LE(SECTOR, 128);
  sector.write('THE PUBLISHER'.padEnd(128), 318);
  sector.write('THE APPLICATION'.padEnd(128), 574);
  return sector;
}

function bootRecord(catalogSector: number) {
  const sector = descriptor(0);
  sector.write('EL TORITO SPECIFICATION', 7);
  sector.writeUInt32LE(catalogSector, 71);
  return sector;
}

/** A boot catalogue: for BIOS first, then one section for EFI, as far as asked. */
function catalog({ bios, efi }: { bios: boolean; efi: boolean }) {
  const sector = Buffer.alloc(SECTOR);
  sector[0] = 1;
  sector.writeUInt16LE(0xaa55, 30);
  sector[32] = bios ? 0x88 : 0;
  sector[64] = 0x91;
  sector[65] = 0xef;
  sector[96] = efi ? 0x88 : 0;
  return sector;
}

const isoOf = (...sectors: Buffer[]) => Buffer.concat([Buffer.alloc(16 * SECTOR), ...sectors]);

describe('an ISO image', () => {
  it.each([
    { bios: true, efi: false },
    { bios: true, efi: true },
    { bios: false, efi: true },
    { bios: false, efi: false },
  ])('whose boot catalogue has %j boots so', async (bootable) => {
    const iso = isoOf(primary('LABEL', 20), bootRecord(19), descriptor(255), catalog(bootable));
    expect(await inspectMedia(await put0(iso))).toMatchObject({
      kind: 'iso',
      label: 'LABEL',
      bootable,
      isTruncated: false,
    });
  });

  it('without a boot record does not boot', async () => {
    const info = await inspectMedia(await put0(isoOf(primary('DATA', 18), descriptor(255))));
    expect(info.bootable).toEqual({ bios: false, efi: false });
  });

  it.each([
    ['points behind its end', bootRecord(0xffff_ffff)],
    ['points at something else', bootRecord(16)],
    ['points at itself', bootRecord(17)],
  ])('whose boot record %s does not boot, and is no error', async (_title, record) => {
    const info = await inspectMedia(await put0(isoOf(primary('BAD', 19), record, descriptor(255))));
    expect(info).toMatchObject({ label: 'BAD', bootable: { bios: false, efi: false } });
  });

  it('that ends before its volume is told as cut off', async () => {
    expect((await inspectMedia(await put0(isoOf(primary('BIG', 5000))))).isTruncated).toBe(true);
  });

  it('that is cut off in its first descriptor has no label', async () => {
    const info = await inspectMedia(await put0(isoOf(primary('X', 17)).subarray(0, 16 * SECTOR + 100)));
    expect(info).toMatchObject({ kind: 'iso', label: '', bootable: { bios: false, efi: false } });
  });

  it('with descriptors without end is read only so far', async () => {
    const many = Array.from({ length: 100 }, () => bootRecord(0xffff));
    expect((await inspectMedia(await put0(isoOf(primary('MANY', 1), ...many)))).label).toBe('MANY');
  });

  it('has control characters in its label shown as blanks', async () => {
    expect((await inspectMedia(await put0(isoOf(primary('A\x1b[2JB\0C', 17))))).label).toBe('A [2JB C');
  });

  it('is asked about with all its texts', async () => {
    const asked: IsoLabel[] = [];
    const match = { osId: 'x', osName: 'X', arch: 'all', variant: undefined, isLive: false, isInstaller: true };
    const identifyMedia = async (label: IsoLabel) => {
      asked.push(label);
      return match;
    };
    const info = await inspectMedia(await put0(isoOf(primary('LABEL', 20))), { osinfo: { identifyMedia } });
    expect(info.detected).toEqual(match);
    expect(asked).toEqual([
      {
        volumeId: 'LABEL',
        systemId: 'LINUX',
        publisherId: 'THE PUBLISHER',
        applicationId: 'THE APPLICATION',
        volumeBytes: 20 * SECTOR,
      },
    ]);
  });
});

describe('a disk image', () => {
  const at = (offset: number, text: string) => Buffer.concat([Buffer.alloc(offset), Buffer.from(text, 'latin1')]);

  it.each([
    ['qcow2', at(0, 'QFI\xfb\0\0\0\x03')],
    ['qcow', at(0, 'QFI\xfb\0\0\0\x01')],
    ['vmdk', at(0, 'KDMV')],
    ['vmdk', at(0, '# Disk DescriptorFile\nversion=1')],
    ['vdi', at(64, '\x7f\x10\xda\xbe')],
    ['vhdx', at(0, 'vhdxfile')],
    ['vpc', at(0, 'conectix')],
    ['vpc', Buffer.concat([Buffer.alloc(4096), at(0, 'conectix'), Buffer.alloc(504)])],
    ['luks', at(0, 'LUKS\xba\xbe')],
    ['compressed', at(0, '\xfd7zXZ\0')],
    ['compressed', at(0, '\x1f\x8b\x08')],
    ['archive', at(257, 'ustar')],
    ['raw', at(0, 'anything')],
  ])('is %s by its magic', async (kind, data) => {
    expect((await inspectMedia(await put0(data))).kind).toBe(kind);
  });

  it('of kind qcow2 tells its capacity and whether it builds upon another, but not whether it boots', async () => {
    const head = Buffer.alloc(104);
    head.write('QFI\xfb\0\0\0\x03', 'latin1');
    head.writeBigUInt64BE(512n, 8);
    head.writeBigUInt64BE(10n * 1024n ** 3n, 24);
    expect(await inspectMedia(await put0(head))).toMatchObject({
      capacityBytes: 10 * 1024 ** 3,
      hasBackingFile: true,
      bootable: undefined,
    });
    head.writeBigUInt64BE(2n ** 63n, 24);
    expect((await inspectMedia(await put0(head))).capacityBytes).toBeUndefined();
  });

  const disk = (change: (head: Buffer) => void) => {
    const data = Buffer.alloc(20 * 1024);
    data.writeUInt16LE(0xaa55, 510);
    change(data);
    return data;
  };

  it.each([
    ['with code in its boot record', disk((d) => d.fill(0x90, 0, 10)), { bios: true, efi: false }],
    ['with an empty boot record', disk(() => undefined), { bios: false, efi: false }],
    ['with an EFI partition in its MBR', disk((d) => d.writeUInt8(0xef, 446 + 4)), { bios: false, efi: true }],
    [
      'with an EFI partition in its GPT',
      disk((d) => {
        d.write('EFI PART', 512);
        d.write('28732ac11ff8d211ba4b00a0c93ec93b', 1024 + 256, 'hex');
      }),
      { bios: false, efi: true },
    ],
    ['without a boot record', Buffer.alloc(4096, 1), { bios: false, efi: false }],
  ])('%s boots accordingly', async (_title, data, bootable) => {
    expect((await inspectMedia(await put0(data))).bootable).toEqual(bootable);
  });

  it('of hundreds of gigabytes is read no slower', async () => {
    const path = await put0('');
    await truncate(path, 500 * 1024 ** 3);
    expect(await inspectMedia(path)).toMatchObject({ kind: 'raw', sizeBytes: 500 * 1024 ** 3 });
  });
});

describe('what is no image', () => {
  it('is told apart: missing, empty, a folder, a device, a path that is not absolute', async () => {
    await mkdir(join(dir, 'folder'));
    const codeOf = (path: string) =>
      inspectMedia(path).then(
        () => 'none',
        (error) => error.code,
      );
    expect(await codeOf(join(dir, 'missing.iso'))).toBe('NO_STORAGE_VOL');
    expect(await codeOf(await put('empty.iso', ''))).toBe('INVALID_ARG');
    expect(await codeOf(join(dir, 'empty.iso', 'inside'))).toBe('NO_STORAGE_VOL');
    expect(await codeOf(join(dir, 'folder'))).toBe('INVALID_ARG');
    expect(await codeOf('/dev/null')).toBe('INVALID_ARG');
    expect(await codeOf('relative.iso')).toBe('INVALID_ARG');
    expect(await codeOf('/a\0b')).toBe('INVALID_ARG');
  });

  it('has a message that names the file', async () => {
    await expect(inspectMedia(await put('empty.iso', ''))).rejects.toThrow(/empty\.iso' is empty/);
  });
});

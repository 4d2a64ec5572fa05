// Images that real tools made: GRUB's and memtest86+'s, and those of xorriso and qemu-img.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectMedia } from '../../src/engine/media/inspect-media.ts';
import { createOsinfo } from '../../src/engine/osinfo/osinfo.ts';

const GUESTS = resolve(process.env.VIVARIUM_GUESTS ?? '.cache/guests');
const osinfo = createOsinfo();

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vivarium-media-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('an image', () => {
  it.each([
    ['grub-rescue-pc/usr/lib/grub-rescue/grub-rescue-cdrom.iso', { bios: true, efi: false }],
    ['memtest86+/usr/lib/memtest86+/memtest86+x64.iso', { bios: true, efi: true }],
  ])('%s boots as it says', async (name, bootable) => {
    const info = await inspectMedia(join(GUESTS, name), { osinfo });
    expect(info).toMatchObject({ kind: 'iso', bootable, isTruncated: false, detected: undefined });
  });

  it('named as an installer of Debian 12 is recognised, and one without a boot catalogue does not boot', async () => {
    const path = join(dir, 'debian.iso');
    await writeFile(join(dir, 'file'), 'x');
    await execa('xorriso', ['-as', 'mkisofs', '-quiet', '-V', 'Debian 12.5.0 amd64 n', '-o', path, join(dir, 'file')]);
    expect(await inspectMedia(path, { osinfo })).toMatchObject({
      label: 'Debian 12.5.0 amd64 n',
      bootable: { bios: false, efi: false },
      detected: { osId: 'http://debian.org/debian/12', osName: 'Debian 12', arch: 'x86_64' },
    });
  });

  it.each(['qcow2', 'vmdk', 'vdi', 'vhdx', 'vpc', 'raw'])('that qemu-img made as %s is recognised', async (format) => {
    const path = join(dir, `disk.${format}`);
    await execa('qemu-img', ['create', '-q', '-f', format, path, '64M']);
    expect((await inspectMedia(path)).kind).toBe(format);
  });
});

// Reads what an ISO 9660 image says of itself: the texts of its primary volume descriptor (ECMA-119, 8.4) and whether it boots (El Torito 1.0:
// boot record and boot catalogue). Every number in it is hostile and is only used where it is in bounds.
import type { IsoLabel } from '../osinfo/identify-media.ts';
import type { BoundedReader } from './bounded-reader.ts';

const SECTOR = 2048;
const FIRST_DESCRIPTOR = 16;
const MOST_DESCRIPTORS = 32;
const TYPE = { bootRecord: 0, primary: 1, terminator: 255 } as const;
const PLATFORM = { x86: 0, efi: 0xef } as const;

export interface Bootable {
  readonly bios: boolean;
  readonly efi: boolean;
}

export interface IsoHeader {
  readonly label: IsoLabel | undefined;
  readonly bootable: Bootable;
}

/** A padded text field; control characters go, because the text is shown. */
const textAt = (sector: Buffer, start: number, length: number): string =>
  sector
    .toString('latin1', start, start + length)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go
    .replace(/[\x00-\x1f\x7f-\x9f]/g, ' ')
    .trim();

function parseLabel(sector: Buffer): IsoLabel {
  const volumeBytes = sector.readUInt32LE(80) * sector.readUInt16LE(128);
  return {
    systemId: textAt(sector, 8, 32),
    volumeId: textAt(sector, 40, 32),
    publisherId: textAt(sector, 318, 128),
    applicationId: textAt(sector, 574, 128),
    volumeBytes,
  };
}

/** The boot catalogue: a validation entry, the default entry, then sections, each with its platform. 32 bytes each. */
export function parseBootCatalog(catalog: Buffer): Bootable {
  const entries = Array.from({ length: Math.floor(catalog.length / 32) }, (_, i) =>
    catalog.subarray(i * 32, i * 32 + 32),
  );
  const validation = entries[0];
  if (validation?.[0] !== 1 || validation.readUInt16LE(30) !== 0xaa55) return { bios: false, efi: false };
  let platform = validation[1];
  const platforms = new Set<number | undefined>();
  for (const entry of entries.slice(1)) {
    if (entry[0] === 0x90 || entry[0] === 0x91) platform = entry[1];
    else if (entry[0] === 0x88) platforms.add(platform);
  }
  return { bios: platforms.has(PLATFORM.x86), efi: platforms.has(PLATFORM.efi) };
}

const isElTorito = (sector: Buffer): boolean => textAt(sector, 7, 32).startsWith('EL TORITO SPECIFICATION');

/** Label and bootability. An image whose descriptors are cut short or odd has no label and does not boot; nothing is thrown for that. */
export async function readIsoHeader(reader: BoundedReader): Promise<IsoHeader> {
  let label: IsoLabel | undefined;
  let bootable: Bootable = { bios: false, efi: false };
  for (let index = FIRST_DESCRIPTOR; index < FIRST_DESCRIPTOR + MOST_DESCRIPTORS; index += 1) {
    const sector = await reader.read(index * SECTOR, SECTOR);
    if (sector.length < SECTOR || sector.toString('latin1', 1, 6) !== 'CD001' || sector[0] === TYPE.terminator) break;
    if (sector[0] === TYPE.primary) label ??= parseLabel(sector);
    if (sector[0] === TYPE.bootRecord && isElTorito(sector)) {
      bootable = parseBootCatalog(await reader.read(sector.readUInt32LE(71) * SECTOR, SECTOR));
    }
  }
  return { label, bootable };
}

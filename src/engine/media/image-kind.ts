// PURE: what kind of image a file is, by its magic bytes alone. A file without any is 'raw', which means: QEMU shows it as it is.

/** Kinds that QEMU opens, then 'compressed' and 'archive', which must be unpacked before. */
export const IMAGE_KINDS = [
  'iso',
  'raw',
  'qcow2',
  'qcow',
  'qed',
  'vmdk',
  'vdi',
  'vhdx',
  'vpc',
  'luks',
  'compressed',
  'archive',
] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];

/** The parts of a file in which kinds show themselves. */
export interface ImageEdges {
  /** The first 1024 bytes, or less where there are not so many. */
  readonly head: Buffer;
  /** 6 bytes at 32768: the type and the name of the first volume descriptor. */
  readonly volume: Buffer;
  /** The last 512 bytes: a fixed VHD has its mark only there. */
  readonly tail: Buffer;
}

interface Magic {
  readonly kind: ImageKind;
  readonly at?: number;
  readonly bytes: string;
}

// After the table in qemu-img's drivers (block/*.c, *_probe) and file(1). Compressed files last: their marks are the shortest.
const MAGICS: readonly Magic[] = [
  { kind: 'vmdk', bytes: 'KDMV' },
  { kind: 'vmdk', bytes: '# Disk DescriptorFile' },
  { kind: 'vdi', at: 64, bytes: '\x7f\x10\xda\xbe' },
  { kind: 'vhdx', bytes: 'vhdxfile' },
  { kind: 'vpc', bytes: 'conectix' },
  { kind: 'qed', bytes: 'QED\0' },
  { kind: 'luks', bytes: 'LUKS\xba\xbe' },
  { kind: 'archive', at: 257, bytes: 'ustar' },
  { kind: 'archive', bytes: 'PK\x03\x04' },
  { kind: 'archive', bytes: '7z\xbc\xaf\x27\x1c' },
  { kind: 'compressed', bytes: '\xfd7zXZ\0' },
  { kind: 'compressed', bytes: '\x28\xb5\x2f\xfd' },
  { kind: 'compressed', bytes: '\x1f\x8b\x08' },
  { kind: 'compressed', bytes: 'BZh' },
];

const has = (buffer: Buffer, bytes: string, at = 0): boolean =>
  buffer.toString('latin1', at, at + bytes.length) === bytes;

/** The kind of the file that begins and ends so. */
export function imageKindOf({ head, volume, tail }: ImageEdges): ImageKind {
  if (has(head, 'QFI\xfb')) return head.length >= 8 && head.readUInt32BE(4) >= 2 ? 'qcow2' : 'qcow';
  const found = MAGICS.find(({ at, bytes }) => has(head, bytes, at));
  if (found) return found.kind;
  if (has(volume, 'CD001', 1)) return 'iso';
  return has(tail, 'conectix') ? 'vpc' : 'raw';
}

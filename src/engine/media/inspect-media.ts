// What a file that somebody wants to start a guest from is: kind, size, label, whether it boots, which system is on it. Its headers are read and
// nothing else: it is never mounted, never run, and its format is told by magic bytes only for the person to see; a domain's definition
// states the format that QEMU uses.

import { virError } from '../../common/errors.ts';
import type { OsMatch } from '../osinfo/identify-media.ts';
import type { Osinfo } from '../osinfo/osinfo.ts';
import { type BoundedReader, openBounded } from './bounded-reader.ts';
import { type ImageKind, imageKindOf } from './image-kind.ts';
import { type Bootable, type IsoHeader, readIsoHeader } from './iso-header.ts';
import { rawBootable } from './partition-boot.ts';

const HEAD_BYTES = 1024;
const VOLUME_OFFSET = 32_768;
const GPT_ENTRIES_BYTES = 128 * 128;

export interface MediaInfo {
  readonly path: string;
  /** Of the file; `capacityBytes` is that of the disk inside, where its header says it. */
  readonly sizeBytes: number;
  readonly capacityBytes: number | undefined;
  readonly kind: ImageKind;
  /** undefined: it can't be told without reading inside (a qcow2, say). */
  readonly bootable: Bootable | undefined;
  /** The volume's name, '' where it has none. */
  readonly label: string;
  /** The file ends before the volume does: a download that was cut off, usually. */
  readonly isTruncated: boolean;
  /** It builds upon another image, which its header names. */
  readonly hasBackingFile: boolean;
  readonly detected: OsMatch | undefined;
}

export interface InspectMediaOptions {
  /** Without it no system is detected. */
  readonly osinfo?: Pick<Osinfo, 'identifyMedia'> | undefined;
}

type Findings = Omit<MediaInfo, 'path' | 'sizeBytes' | 'kind'>;

const NOTHING: Findings = {
  capacityBytes: undefined,
  bootable: undefined,
  label: '',
  isTruncated: false,
  hasBackingFile: false,
  detected: undefined,
};

async function inspectIso(reader: BoundedReader, osinfo: InspectMediaOptions['osinfo']): Promise<Findings> {
  const { label, bootable }: IsoHeader = await readIsoHeader(reader);
  if (!label) return { ...NOTHING, bootable };
  return {
    ...NOTHING,
    capacityBytes: reader.sizeBytes,
    bootable,
    label: label.volumeId,
    isTruncated: label.volumeBytes > reader.sizeBytes,
    detected: await osinfo?.identifyMedia(label),
  };
}

async function inspectRaw(reader: BoundedReader, head: Buffer): Promise<Findings> {
  const hasGpt = head.toString('latin1', 512, 520) === 'EFI PART';
  const entries = hasGpt ? await reader.read(HEAD_BYTES, GPT_ENTRIES_BYTES) : Buffer.alloc(0);
  return { ...NOTHING, capacityBytes: reader.sizeBytes, bootable: rawBootable(head, entries) };
}

/** docs/interop/qcow2.txt: backing_file_offset at 8, size at 24, both big-endian. */
function inspectQcow2(head: Buffer): Findings {
  if (head.length < 72) return { ...NOTHING, isTruncated: true };
  const size = Number(head.readBigUInt64BE(24));
  return {
    ...NOTHING,
    capacityBytes: Number.isSafeInteger(size) ? size : undefined,
    hasBackingFile: head.readBigUInt64BE(8) !== 0n,
  };
}

async function inspectKind(kind: ImageKind, reader: BoundedReader, head: Buffer, options: InspectMediaOptions) {
  if (kind === 'iso') return inspectIso(reader, options.osinfo);
  if (kind === 'raw') return inspectRaw(reader, head);
  return kind === 'qcow2' ? inspectQcow2(head) : NOTHING;
}

/**
 * Inspects the image at `path` (absolute). Reads 100 KiB at the most. Throws NO_STORAGE_VOL (missing), OPERATION_DENIED (may not be read),
 * INVALID_ARG (a folder, an empty file, not an absolute path), SYSTEM_ERROR.
 */
export async function inspectMedia(path: string, options: InspectMediaOptions = {}): Promise<MediaInfo> {
  const reader = await openBounded(path);
  try {
    return await inspectOpen(path, reader, options);
  } finally {
    await reader[Symbol.asyncDispose]();
  }
}

async function inspectOpen(path: string, reader: BoundedReader, options: InspectMediaOptions): Promise<MediaInfo> {
  const { sizeBytes } = reader;
  if (sizeBytes === 0) throw virError('INVALID_ARG', `'${path}' is empty (0 bytes); was its download cut off?`);
  const [head, volume, tail] = await Promise.all([
    reader.read(0, HEAD_BYTES),
    reader.read(VOLUME_OFFSET, 6),
    reader.read(Math.max(0, sizeBytes - 512), 512),
  ]);
  const kind = imageKindOf({ head, volume, tail });
  return { path, sizeBytes, kind, ...(await inspectKind(kind, reader, head, options)) };
}

// What lies below an image: read from the headers of the chain's own files (libvirt: virStorageSourceGetMetadata), so that QEMU is told of every layer by a name of ours
// and opens nothing that we did not look at. A format is never guessed: where a header does not say that of the image below, only one that looks like none is taken.
import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { virError } from '../../common/errors.ts';

export interface ChainImage {
  readonly type: 'file' | 'block';
  readonly path: string;
  readonly format: string;
}

export interface BackingChain {
  /** From the image right below to the lowest that is known. */
  readonly images: readonly ChainImage[];
  /** Whether the last one has nothing below it. Not where an image is of a kind, or at a place, that is not read here. */
  readonly isWhole: boolean;
}

/** A header, its extensions and the name of the image below lie in the first cluster, of 2 MiB at most; QEMU puts them at its beginning. */
const HEADER_BYTES = 64 * 1024;
const MAX_DEPTH = 200;
const MAX_NAME = 1023;
const QCOW2_MAGIC = 0x514649fb;
const EXTENSION_BACKING_FORMAT = 0xe2792aca;

interface Link {
  readonly name: string;
  readonly format: string | undefined;
}

const malformed = (path: string) => virError('OPERATION_FAILED', `the header of the disk image ${path} is damaged`);

/** The name and the format of the image below; undefined: there is none. Throws OPERATION_FAILED for a header that can't be. */
export function parseQcow2Link(header: Buffer, path: string): Link | undefined {
  const offset = Number(header.readBigUInt64BE(8));
  const length = header.readUInt32BE(16);
  if (offset === 0) return undefined;
  if (length === 0 || length > MAX_NAME || offset + length > header.length) throw malformed(path);
  const name = header.toString('utf8', offset, offset + length);
  const isV3 = header.readUInt32BE(4) >= 3;
  let at = isV3 ? header.readUInt32BE(100) : 72;
  let format: string | undefined;
  while (at + 8 <= offset) {
    const [type, size] = [header.readUInt32BE(at), header.readUInt32BE(at + 4)];
    if (type === 0) break;
    if (at + 8 + size > offset) throw malformed(path);
    if (type === EXTENSION_BACKING_FORMAT) format = header.toString('utf8', at + 8, at + 8 + size);
    at += 8 + Math.ceil(size / 8) * 8;
  }
  return { name, format };
}

async function readHead(file: FileHandle, size: number): Promise<Buffer> {
  const buffer = Buffer.alloc(size);
  const { bytesRead } = await file.read(buffer, 0, size, 0);
  return buffer.subarray(0, bytesRead);
}

async function headerOf(path: string, size: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    return await readHead(file, size);
  } finally {
    await file.close();
  }
}

const isQcow2 = (header: Buffer): boolean => header.length >= 104 && header.readUInt32BE(0) === QCOW2_MAGIC;

/** The first bytes of what is no raw image (libvirt: fileTypeInfo). */
const MAGICS = [
  'QFI\xfb',
  'QED\0',
  'KDMV',
  'COWD',
  'LUKS\xba\xbe',
  'conectix',
  'vhdxfile',
  'WithoutFreeSpace',
  'WithouFreSpacExt',
];

const looksRaw = (header: Buffer): boolean => !MAGICS.some((magic) => header.toString('latin1').startsWith(magic));

/** 'nbd://host' and 'json:{…}' name no file (QEMU: path_has_protocol). */
const hasProtocol = (name: string): boolean => /^[^/:]+:/.test(name);

async function typeOf(path: string, above: string): Promise<'file' | 'block'> {
  try {
    return (await stat(path)).isBlockDevice() ? 'block' : 'file';
  } catch (error) {
    throw virError('NO_STORAGE_VOL', `the backing file ${path} of the disk image ${above} can't be read; put it back`, {
      cause: error,
    });
  }
}

async function formatOf(path: string, { format }: Link, above: string): Promise<string> {
  if (format !== undefined) return format;
  if (looksRaw(await headerOf(path, 512))) return 'raw';
  throw virError(
    'OPERATION_FAILED',
    `the format of the backing file ${path} is not said in the disk image ${above}; say it with qemu-img rebase -u -F FORMAT -b ${path} ${above}`,
  );
}

/**
 * The chain below `path`, an image of `format`. Throws NO_STORAGE_VOL for a file that is missing, OPERATION_FAILED for a format that is not said, a header that is damaged,
 * or a chain that leads back to itself.
 */
export async function readBackingChain(path: string, format: string): Promise<BackingChain> {
  const images: ChainImage[] = [];
  const seen = new Set([resolve(path)]);
  let above = { path, format };
  for (;;) {
    if (above.format === 'raw' || above.format === 'iso') return { images, isWhole: true };
    if (above.format !== 'qcow2') return { images, isWhole: false };
    const header = await headerOf(above.path, HEADER_BYTES);
    if (!isQcow2(header)) return { images, isWhole: false }; // QEMU says what it is not
    const link = parseQcow2Link(header, above.path);
    if (!link) return { images, isWhole: true };
    if (hasProtocol(link.name)) return { images, isWhole: false };
    const below = resolve(dirname(above.path), link.name);
    if (seen.has(below) || images.length >= MAX_DEPTH)
      throw virError(
        'OPERATION_FAILED',
        `the backing chain of the disk image ${path} leads back to itself, at ${below}`,
      );
    seen.add(below);
    const image = {
      type: await typeOf(below, above.path),
      path: below,
      format: await formatOf(below, link, above.path),
    };
    images.push(image);
    above = image;
  }
}

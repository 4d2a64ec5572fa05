// The file of a saved guest: a header, the definition, and behind them QEMU's migration stream. The layout is libvirt's (src/qemu/qemu_saveimage.h), so that
// each can restore what the other saved: magic, five 32-bit numbers in the host's order, padding, then XML that ends with a zero byte.

import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, open, rename, rm } from 'node:fs/promises';
import { endianness } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { virError } from '../../common/errors.ts';
import { isMissing, syncDirectory, writeAll } from './durable-file.ts';

const MAGIC = 'LibvirtQemudSave';
/** What stands in the place of the magic until the stream is whole. */
const PARTIAL = 'LibvirtQemudPart';
const HEADER_BYTES = 92;
const VERSION = 2;
/** libvirt's, for streams of mapped-ram. */
const VERSION_SPARSE = 3;
const FORMAT_RAW = 0;
const FORMAT_SPARSE = 6;
/** The stream begins on a page, as O_DIRECT and mapped-ram want it. */
const ALIGN = 4096;
/** Room for a longer definition (`save-image-edit`): the stream can't be moved. */
const ROOM = 16 * 1024;
const MAX_DATA_BYTES = 16 * 1024 * 1024;

export interface SaveImage {
  readonly path: string;
  readonly xml: string;
  readonly wasRunning: boolean;
  /** QEMU's mapped-ram form: RAM pages at fixed places. */
  readonly isSparse: boolean;
  /** Where QEMU's stream begins. */
  readonly streamOffset: number;
  readonly sizeBytes: number;
}

export interface SaveHeader {
  readonly xml: string;
  readonly wasRunning: boolean;
  readonly isSparse: boolean;
  readonly isComplete: boolean;
  /** Where the stream is to begin; as near as it can where it is not given. */
  readonly streamOffset?: number | undefined;
}

const readNumber = (buffer: Buffer, at: number): number =>
  endianness() === 'LE' ? buffer.readUInt32LE(at) : buffer.readUInt32BE(at);
const writeNumber = (buffer: Buffer, value: number, at: number): void =>
  void (endianness() === 'LE' ? buffer.writeUInt32LE(value, at) : buffer.writeUInt32BE(value, at));

/** Header and definition; the stream follows at once. Throws INVALID_ARG where `xml` does not fit before `streamOffset`. */
export function encodeSaveHeader({ xml, wasRunning, isSparse, isComplete, streamOffset }: SaveHeader): Buffer {
  const text = Buffer.from(xml, 'utf8');
  const needed = HEADER_BYTES + text.length + 1;
  const end = streamOffset ?? Math.ceil((needed + ROOM) / ALIGN) * ALIGN;
  if (needed > end)
    throw virError(
      'INVALID_ARG',
      `the new definition is too large for the saved file: it has room for ${end - HEADER_BYTES - 1} bytes`,
    );
  const buffer = Buffer.alloc(end);
  buffer.write(isComplete ? MAGIC : PARTIAL, 0, 'latin1');
  const numbers = [
    isSparse ? VERSION_SPARSE : VERSION,
    end - HEADER_BYTES,
    Number(wasRunning),
    isSparse ? FORMAT_SPARSE : FORMAT_RAW,
  ];
  for (const [index, value] of numbers.entries()) writeNumber(buffer, value, 16 + index * 4);
  text.copy(buffer, HEADER_BYTES);
  return buffer;
}

/** Opens a saved file for reading. Throws NO_STORAGE_VOL where there is none, SYSTEM_ERROR. */
export async function openSaved(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isMissing(error)) throw virError('NO_STORAGE_VOL', `there is no saved file ${path}`, { cause: error });
    throw virError('SYSTEM_ERROR', `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/**
 * Reads header and definition and leaves the file's position at the stream, where QEMU goes on. Throws INVALID_ARG for a file that is none of these, or was
 * not saved to its end.
 */
export async function readSaved(file: FileHandle, path: string): Promise<SaveImage> {
  const header = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await file.read(header, 0, HEADER_BYTES, null);
  const magic = header.toString('latin1', 0, 16);
  if (magic === PARTIAL)
    throw virError('INVALID_ARG', `${path} was not saved to its end: the save was interrupted; it can't be restored`);
  if (bytesRead < HEADER_BYTES || magic !== MAGIC) throw virError('INVALID_ARG', `${path} is no saved guest`);
  const [version, length, wasRunning, format] = [16, 20, 24, 28].map((at) => readNumber(header, at)) as [
    number,
    number,
    number,
    number,
  ];
  if (version < 1 || version > VERSION_SPARSE)
    throw virError('CONFIG_UNSUPPORTED', `${path} has version ${version} of the format, which Vivarium does not know`);
  if (format !== FORMAT_RAW && format !== FORMAT_SPARSE)
    throw virError('CONFIG_UNSUPPORTED', `${path} is compressed; restore it with libvirt, which can`);
  if (length === 0 || length > MAX_DATA_BYTES)
    throw virError('INVALID_ARG', `the definition in ${path} is damaged: it is said to have ${length} bytes`);
  const data = Buffer.alloc(length);
  const read = await file.read(data, 0, length, null);
  const end = data.indexOf(0);
  if (read.bytesRead < length || end < 0) throw virError('INVALID_ARG', `${path} is cut off within the definition`);
  const { size } = await file.stat();
  return {
    path,
    xml: data.toString('utf8', 0, end),
    wasRunning: wasRunning !== 0,
    isSparse: format === FORMAT_SPARSE,
    streamOffset: HEADER_BYTES + length,
    sizeBytes: size,
  };
}

/** `readSaved` of a path. */
export async function inspectSaved(path: string): Promise<SaveImage> {
  const file = await openSaved(path);
  try {
    return await readSaved(file, path);
  } finally {
    await file.close();
  }
}

/** Renames the file to NAME.foreign-TIME, and returns that. Throws SYSTEM_ERROR. */
export async function setAsideSaved(path: string): Promise<string> {
  const aside = `${path}.foreign-${new Date().toISOString().replaceAll(':', '-')}`;
  try {
    await rename(path, aside);
    await syncDirectory(dirname(path));
    return aside;
  } catch (error) {
    throw virError(
      'SYSTEM_ERROR',
      `${path} can't be renamed: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** Where a save to `path` is written until it is whole. */
export const temporarySavePath = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${randomUUID()}.saving`);

/**
 * Changes the definition, or how the guest begins, in a saved file. It is done on a copy (which shares its blocks where the file system can) that then takes
 * its place: a crash leaves the old file or the new one.
 */
export async function rewriteSaved(
  path: string,
  change: { readonly xml?: string | undefined; readonly wasRunning?: boolean | undefined },
): Promise<void> {
  const image = await inspectSaved(path);
  const header = encodeSaveHeader({
    xml: change.xml ?? image.xml,
    wasRunning: change.wasRunning ?? image.wasRunning,
    isSparse: image.isSparse,
    isComplete: true,
    streamOffset: image.streamOffset,
  });
  const temporary = temporarySavePath(path);
  try {
    await copyFile(path, temporary, constants.COPYFILE_FICLONE);
    const file = await open(temporary, 'r+');
    try {
      await writeAll(file, header, 0);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // what failed is told
    throw virError(
      'SYSTEM_ERROR',
      `${path} can't be changed: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

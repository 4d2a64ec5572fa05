// Writes a "newc" cpio archive, the format of a Linux initramfs (kernel: Documentation/driver-api/early-userspace/buffer-format.rst).
// No owner but root, no device nodes (the kernel mounts devtmpfs), times are 0 so that the same input gives the same bytes.

export type CpioEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly data: Buffer };

const TRAILER = 'TRAILER!!!';
const MODES = { directory: 0o040755, symlink: 0o120777, file: 0o100000 } as const;

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0');

/** Zeros up to the next multiple of four. */
const padding = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4);

function formatRecord(inode: number, name: string, mode: number, data: Buffer): Buffer {
  const nameBytes = Buffer.from(`${name}\0`);
  // magic, ino, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize, check
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, nameBytes.length, 0];
  const header = Buffer.from(`070701${fields.map(hex).join('')}`);
  return Buffer.concat([header, nameBytes, padding(header.length + nameBytes.length), data, padding(data.length)]);
}

function dataOf(entry: CpioEntry): Buffer {
  if (entry.kind === 'file') return entry.data;
  return entry.kind === 'symlink' ? Buffer.from(entry.target) : Buffer.alloc(0);
}

/** The entries as one archive. Paths are relative ('bin/sh'), and a folder goes before what is in it. */
export function writeCpio(entries: readonly CpioEntry[]): Buffer {
  const records = entries.map((entry, index) => {
    const mode = entry.kind === 'file' ? MODES.file | entry.mode : MODES[entry.kind];
    return formatRecord(index + 1, entry.path, mode, dataOf(entry));
  });
  return Buffer.concat([...records, formatRecord(0, TRAILER, 0, Buffer.alloc(0))]);
}

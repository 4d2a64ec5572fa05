// A disk that forgets what was not synced. It takes the calls of node:fs that the engine's durable writes make, and says what may be on it after a power
// cut at any moment: data of a file without fsync may be gone, a name without fsync of its folder may not have changed. POSIX promises no more.
import type { Stats } from 'node:fs';
import { basename, dirname } from 'node:path';

type Step =
  | { readonly kind: 'create'; readonly path: string; readonly inode: number }
  | { readonly kind: 'write'; readonly inode: number; readonly content: string }
  | { readonly kind: 'sync'; readonly inode: number }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string }
  | { readonly kind: 'link'; readonly from: string; readonly to: string }
  | { readonly kind: 'unlink'; readonly path: string }
  | { readonly kind: 'sync-folder'; readonly folder: string };

const folderOf = (step: Step): string | undefined => {
  if (step.kind === 'create' || step.kind === 'unlink') return dirname(step.path);
  return step.kind === 'rename' || step.kind === 'link' ? dirname(step.to) : undefined;
};

const failure = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });
const missing = (path: string): Error => failure('ENOENT', path);

/** Above any that the system gives. */
export const FIRST_DESCRIPTOR = 1_000_000;

/** What is under each name; names of one inode are one file. */
export type DiskImage = ReadonlyMap<string, { readonly inode: number; readonly content: string }>;

export class ForgetfulDisk {
  readonly steps: Step[] = [];
  readonly #names = new Map<string, number>();
  readonly #content = new Map<number, string>();

  /** A file that has been there, synced, for long. */
  put(path: string, content: string): void {
    const inode = this.#content.size + 1;
    this.#record({ kind: 'create', path, inode });
    this.#record({ kind: 'write', inode, content });
    this.#record({ kind: 'sync', inode });
    this.#record({ kind: 'sync-folder', folder: dirname(path) });
  }

  #record(step: Step): void {
    this.steps.push(step);
    if (step.kind === 'create') this.#names.set(step.path, step.inode);
    if (step.kind === 'create') this.#content.set(step.inode, '');
    if (step.kind === 'write') this.#content.set(step.inode, step.content);
    if (step.kind === 'unlink') this.#names.delete(step.path);
    if (step.kind === 'rename' || step.kind === 'link') this.#names.set(step.to, this.#names.get(step.from) ?? 0);
    if (step.kind === 'rename') this.#names.delete(step.from);
  }

  /** Descriptors: an inode, or a folder's path. */
  readonly #open = new Map<number, number | string>();
  #next = FIRST_DESCRIPTOR;

  readonly calls = {
    openSync: (path: string, flags: string): number => {
      const fd = this.#next++;
      const isFolder = [...this.#names.keys()].some((name) => dirname(name) === path) || !basename(path).includes('.');
      if (isFolder) this.#open.set(fd, path);
      else {
        if (flags === 'r' && !this.#names.has(path)) throw missing(path);
        if (flags !== 'r') this.#record({ kind: 'create', path, inode: this.#content.size + 1 });
        this.#open.set(fd, this.#names.get(path) ?? 0);
      }
      return fd;
    },
    writeSync: (fd: number, data: Buffer): number => {
      this.#record({ kind: 'write', inode: Number(this.#open.get(fd)), content: data.toString('utf8') });
      return data.length;
    },
    fstatSync: (fd: number): Partial<Stats> => ({
      ino: Number(this.#open.get(fd)),
      size: this.#content.get(Number(this.#open.get(fd)))?.length ?? 0,
      mtimeMs: this.steps.length,
    }),
    fsync: (fd: number, done: (error: null) => void): void => {
      const what = this.#open.get(fd);
      this.#record(
        typeof what === 'string' ? { kind: 'sync-folder', folder: what } : { kind: 'sync', inode: what ?? 0 },
      );
      done(null);
    },
    closeSync: (fd: number): void => void this.#open.delete(fd),
    renameSync: (from: string, to: string): void => {
      if (!this.#names.has(from)) throw missing(from);
      this.#record({ kind: 'rename', from, to });
    },
    linkSync: (from: string, to: string): void => {
      if (!this.#names.has(from)) throw missing(from);
      if (this.#names.has(to)) throw failure('EEXIST', to);
      this.#record({ kind: 'link', from, to });
    },
    existsSync: (path: string): boolean => this.#names.has(path),
    rmSync: (path: string): void => {
      if (this.#names.has(path)) this.#record({ kind: 'unlink', path });
    },
    unlinkSync: (path: string): void => {
      if (!this.#names.has(path)) throw missing(path);
      this.#record({ kind: 'unlink', path });
    },
  };

  /**
   * Everything that may be on the disk after a power cut when `count` steps have been made. `inOrder`: names reach it in the order in which they were made, as
   * on every journaling file system (ext4, XFS, Btrfs); else each may be lost by itself.
   */
  imagesAfter(count: number, { inOrder }: { readonly inOrder: boolean }): readonly DiskImage[] {
    const steps = this.steps.slice(0, count);
    const isSynced = (step: Step, at: number): boolean => {
      const folder = folderOf(step);
      return steps.slice(at).some((later) => later.kind === 'sync-folder' && later.folder === folder);
    };
    const loose = steps.filter((step, at) => folderOf(step) !== undefined && !isSynced(step, at));
    const images: DiskImage[] = [];
    const choices = inOrder
      ? Array.from({ length: loose.length + 1 }, (_, kept) => new Set(loose.slice(kept)))
      : Array.from(
          { length: 2 ** loose.length },
          (_, choice) => new Set(loose.filter((_, bit) => (choice & (1 << bit)) === 0)),
        );
    for (const lost of choices) {
      const names = new Map<string, number>();
      for (const step of steps) {
        if (lost.has(step)) continue;
        if (step.kind === 'create') names.set(step.path, step.inode);
        if (step.kind === 'unlink') names.delete(step.path);
        if (step.kind !== 'rename' && step.kind !== 'link') continue;
        const inode = this.#inodeOf(steps, step.from);
        if (inode !== undefined) names.set(step.to, inode);
        if (step.kind === 'rename') names.delete(step.from);
      }
      for (const isEmpty of [true, false]) images.push(this.#withContent(steps, names, isEmpty));
    }
    return images;
  }

  /** A rename that is on disk brings its file's inode, also where the file's first name never came to be on it. */
  #inodeOf(steps: readonly Step[], path: string): number | undefined {
    const created = steps.findLast((step) => step.kind === 'create' && step.path === path);
    return created?.kind === 'create' ? created.inode : undefined;
  }

  /** Data that was not synced is either all there or all gone. */
  #withContent(steps: readonly Step[], names: ReadonlyMap<string, number>, isEmpty: boolean): DiskImage {
    const image = new Map<string, { inode: number; content: string }>();
    for (const [path, inode] of names) {
      const written = steps.findLastIndex((step) => step.kind === 'write' && step.inode === inode);
      const synced = steps.findLastIndex((step) => step.kind === 'sync' && step.inode === inode);
      const last = steps[synced > written || !isEmpty ? written : -1];
      image.set(path, { inode, content: last?.kind === 'write' ? last.content : '' });
    }
    return image;
  }
}

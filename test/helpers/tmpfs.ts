// A small file system of its own, for disks that are full or read-only. Mounting needs root, as the tests of CI have it; elsewhere such a test says why it is skipped.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

export class Tmpfs implements Disposable {
  readonly path: string;

  constructor(path: string, sizeKiB: number) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k,mode=700`, 'vivarium-test', path], { stdio: 'pipe' });
  }

  remount(options: string): void {
    execFileSync('mount', ['-o', `remount,${options}`, this.path], { stdio: 'pipe' });
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.path], { stdio: 'pipe' });
  }
}

/** Why no file system can be mounted here, or undefined. */
export const tmpfsMissing = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'mounting a small file system needs root';
  try {
    const probe = new Tmpfs('/tmp/vivarium-tmpfs-probe', 64);
    probe[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return `a file system can't be mounted here: ${error instanceof Error ? error.message.split('\n').at(-1) : String(error)}`;
  }
})();

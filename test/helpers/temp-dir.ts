// A temporary folder for one test, gone at its end.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'vt-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

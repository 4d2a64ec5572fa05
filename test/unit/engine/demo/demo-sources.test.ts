import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildDemoGuest } from '../../../../src/engine/demo/build-demo-guest.ts';
import { findSources, isStaticProgram } from '../../../../src/engine/demo/demo-sources.ts';

const LOAD = 1;
const INTERPRETER = 3;

/** The start of an x86-64 ELF file with these program headers. */
function elf(...types: number[]): Buffer {
  const file = Buffer.alloc(64 + 56 * types.length);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(62, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(types.length, 56);
  for (const [index, type] of types.entries()) file.writeUInt32LE(type, 64 + 56 * index);
  return file;
}

let root: string;
const put = async (name: string, data: string | Buffer) => {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), data);
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vivarium-test-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('a static program', () => {
  it.each([
    ['with segments only', elf(LOAD, LOAD), true],
    ['that asks for an interpreter', elf(INTERPRETER, LOAD), false],
    ['cut off in its headers', elf(LOAD, LOAD).subarray(0, 100), false],
    ['that is a script', '#!/bin/sh\n', false],
    ['that is empty', '', false],
  ])('%s', async (_title, data, expected) => {
    await put('program', data);
    expect(await isStaticProgram(join(root, 'program'))).toBe(expected);
  });

  it('is not one that is missing', async () => {
    expect(await isStaticProgram(join(root, 'nothing'))).toBe(false);
  });
});

describe('the parts of the demo guest', () => {
  it('are the newest kernel that has modules, and a static busybox, also from two folders', async () => {
    await put('k/boot/vmlinuz-6.1.0', 'kernel');
    await put('k/boot/vmlinuz-6.9.0', 'a kernel without modules');
    await put('k/lib/modules/6.1.0/kernel/button.ko', 'module');
    await put('b/usr/bin/busybox', elf(LOAD));
    expect(await findSources([join(root, 'k'), join(root, 'b')])).toEqual({
      kernel: join(root, 'k/boot/vmlinuz-6.1.0'),
      modules: join(root, 'k/lib/modules/6.1.0'),
      busybox: join(root, 'b/usr/bin/busybox'),
    });
    expect(await findSources([join(root, 'k')])).toBeUndefined();
  });
});

describe('building the demo guest', () => {
  it('that is cancelled says so and leaves nothing behind', async () => {
    const building = buildDemoGuest({ cacheDir: root, signal: AbortSignal.abort() });
    await expect(building).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    expect(await readdir(join(root, 'demo'))).toEqual([]);
  });

  it('in a place that is a file says which', async () => {
    await put('cache', '');
    const building = buildDemoGuest({ cacheDir: join(root, 'cache') });
    await expect(building).rejects.toMatchObject({
      code: 'SYSTEM_ERROR',
      message: expect.stringContaining('demo guest'),
    });
  });
});

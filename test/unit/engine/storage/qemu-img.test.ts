// Images are made where there is no file, and only there: one that appears meanwhile is somebody else's.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFile, convertImage, createImage } from '../../../../src/engine/storage/qemu-img.ts';
import { fakeQemuImg } from '../../../helpers/job-engine.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'vt-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const path = (): string => join(dir, 'disk');
const content = (): string | undefined => (existsSync(path()) ? readFileSync(path(), 'utf8').trim() : undefined);
const create = () => createImage({ path: path(), format: 'raw', capacityBytes: 1024 });
const convert = () => convertImage({ from: join(dir, 'from'), fromFormat: 'raw', path: path() });
/** qemu-img whose last argument is the file, as that of `convert`. */
const CONVERT = '#!/bin/sh\nfor path; do :; done\n';

describe('an image', () => {
  it('is made where nothing is, by the first of two', async () => {
    fakeQemuImg(dir);
    const codes = await Promise.all(
      [create(), create()].map((one) =>
        one.then(
          () => 'done',
          ({ code }) => code,
        ),
      ),
    );
    expect(codes.sort()).toEqual(['STORAGE_VOL_EXIST', 'done']);
    expect(content()).toBe('image');
  });

  it('that can’t be made leaves nothing, and takes nothing', async () => {
    fakeQemuImg(dir, '#!/bin/sh\nexit 1\n');
    await expect(create()).rejects.toMatchObject({ code: 'OPERATION_FAILED' });
    expect(content()).toBeUndefined();
    writeFileSync(path(), 'theirs');
    await expect(create()).rejects.toMatchObject({ code: 'STORAGE_VOL_EXIST' });
    expect(content()).toBe('theirs');
  });

  it('in a folder that is not there is refused', () => {
    expect(() => claimFile(join(dir, 'none', 'disk'))).toThrow(expect.objectContaining({ code: 'OPERATION_FAILED' }));
  });

  it('is copied beside its name, and takes it where it is still free', async () => {
    fakeQemuImg(dir, `${CONVERT}echo copy > "$path"\n`);
    await convert();
    expect([content(), existsSync(`${path()}.part`)]).toEqual(['copy', false]);
  });

  it('does not replace what was made while it was copied', async () => {
    fakeQemuImg(dir, `${CONVERT}echo copy > "$path"; echo theirs > "${path()}"\n`);
    await expect(convert()).rejects.toMatchObject({ code: 'STORAGE_VOL_EXIST' });
    expect([content(), existsSync(`${path()}.part`)]).toEqual(['theirs', false]);
  });
});

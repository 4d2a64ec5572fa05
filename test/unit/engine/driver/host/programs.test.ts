import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../../../../src/engine/driver/host/programs.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

describe('a program that runs beside QEMU', () => {
  it('is found in PATH, and only where it can be run', async () => {
    const [first, second] = [tempDir(), tempDir()];
    for (const dir of [first, second]) writeFileSync(join(dir, 'swtpm'), '');
    chmodSync(join(second, 'swtpm'), 0o755);
    expect(await findProgram('swtpm', { PATH: `.:${first}:${second}` }, [])).toBe(join(second, 'swtpm'));
  });

  it.each([
    ['swtpm', /^a TPM needs swtpm, which is not installed; install it \(Debian: apt install swtpm swtpm-tools/],
    ['swtpm_setup', /^the first start of a TPM needs swtpm_setup, .*apt install swtpm-tools/],
    ['passt', /^the network backend passt needs passt, .*apt install passt/],
  ] as const)('that is missing is named with its package: %s', async (name, message) => {
    await expect(findProgram(name, { PATH: tempDir() }, [])).rejects.toMatchObject({
      code: 'NO_SUPPORT',
      message: expect.stringMatching(message),
    });
  });
});

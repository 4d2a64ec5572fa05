// A probe leaves nothing behind, also of an emulator that can't be run.
import { readdirSync } from 'node:fs';
import { afterEach, expect, it, vi } from 'vitest';
import { probeTranscript } from '../../../../src/engine/qemu/probe.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

afterEach(() => vi.unstubAllEnvs());

it.each(['/nowhere/qemu', '/dev/null'])('of %s leaves no folder', async (emulator) => {
  const dir = tempDir();
  vi.stubEnv('TMPDIR', dir);
  await expect(probeTranscript(emulator)).rejects.toMatchObject({ code: 'NO_SUPPORT' });
  expect(readdirSync(dir)).toEqual([]);
});

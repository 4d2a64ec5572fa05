// The state of a TPM on disk, with programs that stand for swtpm_setup.
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  hasTpm,
  prepareTpm,
  putTpmBack,
  removeTpm,
  setTpmAside,
  settleTpms,
} from '../../../../src/engine/qemu/tpm-state.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const UUID = '5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a01';
let dir: string;
beforeEach(() => {
  dir = tempDir();
});

const path = (...names: string[]): string => join(dir, ...names);
const stateDir = (): string => path('tpm', UUID, 'tpm2');
/** Files and folders of a domain's TPM. */
const left = (): Promise<string[]> => readdir(path('tpm', UUID), { recursive: true }).then((names) => names.sort());

/** A program that stands for swtpm_setup; its first argument is the folder. */
async function setup(script: string): Promise<string> {
  await writeFile(path('swtpm_setup'), `#!/bin/sh\n${script}\n`);
  await chmod(path('swtpm_setup'), 0o755);
  return path('swtpm_setup');
}

const GOOD = 'case "$1" in --create-config-files) exit 0;; esac; touch "$1/tpm2-00.permall"';

async function prepare(script: string, more: Partial<Parameters<typeof prepareTpm>[0]> = {}): Promise<void> {
  const program = await setup(script);
  await prepareTpm({
    stateDir: stateDir(),
    findSetup: async () => program,
    makeArgs: (folder) => [folder],
    changeArgs: undefined,
    isIncoming: false,
    logPath: path('d', 'run', 'setup.log'),
    ...more,
  });
}

describe('a TPM', () => {
  it('is made once, and is whole when it is there', async () => {
    await prepare(GOOD);
    expect(await left()).toEqual(['tpm2', 'tpm2/tpm2-00.permall']);
    await prepare('echo "must not run" >&2; exit 1');
    expect(await hasTpm(stateDir())).toBe(true);
  });

  it('that could not be made leaves nothing, and what was said is told', async () => {
    await mkdir(path('d', 'run'), { recursive: true });
    await writeFile(path('d', 'run', 'setup.log'), 'the log');
    await expect(prepare(`touch "$1/tpm2-00.permall"; echo "no entropy" >&2; exit 3`)).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      detail: expect.stringMatching(/the log\nno entropy/),
    });
    expect(await left()).toEqual([]);
  });

  it('that is cancelled in the middle leaves nothing', async () => {
    const controller = new AbortController();
    const made = prepare(`touch "${path('begun')}"; exec sleep 600`, { signal: controller.signal });
    made.catch(() => undefined);
    while (!(await readdir(dir)).includes('begun')) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await expect(made).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    expect(await left()).toEqual([]);
  });

  it('takes the place of what a killed setup or a failed restore left', async () => {
    await mkdir(`${stateDir()}.new`, { recursive: true });
    await writeFile(join(`${stateDir()}.new`, 'half'), '');
    await mkdir(stateDir());
    await writeFile(join(stateDir(), '.lock'), '');
    await prepare(GOOD);
    expect(await left()).toEqual(['tpm2', 'tpm2/tpm2-00.permall']);
  });

  it('that comes with a saved guest is not made', async () => {
    await prepare('exit 1', { isIncoming: true });
    expect(await left()).toEqual(['tpm2']);
  });

  it('that is there is changed where the definition asks for it', async () => {
    await prepare(GOOD);
    await prepare(`echo "$*" > "${path('changed')}"`, { changeArgs: ['--reconfigure'] });
    expect(await readdir(dir)).toContain('changed');
  });
});

describe('a TPM that is put aside', () => {
  const names = (): Promise<string[]> => readdir(path('tpm'));
  beforeEach(() => prepare(GOOD));

  it('is put back, or removed', async () => {
    expect(await setTpmAside(path('tpm', UUID))).toBe(true);
    expect(await names()).toEqual([`.${UUID}.going`]);
    await putTpmBack(path('tpm', UUID));
    expect(await hasTpm(stateDir())).toBe(true);
    await setTpmAside(path('tpm', UUID));
    await removeTpm(path('tpm', UUID));
    expect(await names()).toEqual([]);
    expect(await setTpmAside(path('tpm', UUID))).toBe(false);
  });

  it.each([true, false])('is settled by the next engine: %s, the domain is still defined', async (isDefined) => {
    await setTpmAside(path('tpm', UUID));
    await settleTpms(path('tpm'), () => isDefined);
    expect(await names()).toEqual(isDefined ? [UUID] : []);
  });

  it('goes where a new one has been made since', async () => {
    await setTpmAside(path('tpm', UUID));
    await prepare(GOOD);
    await settleTpms(path('tpm'), () => true);
    expect(await names()).toEqual([UUID]);
  });

  it('is no half one of a setup that was killed: that goes', async () => {
    await mkdir(path('tpm', UUID, 'tpm1.2.new'));
    await settleTpms(path('tpm'), () => true);
    expect(await left()).toEqual(['tpm2', 'tpm2/tpm2-00.permall']);
  });
});

// The state of an emulated TPM on disk: its keys, its certificates, what a guest has put into it. It is made once, by swtpm_setup, beside its place and then renamed into it: a
// TPM that is there is a whole one. libvirt: qemuTPMEmulatorCreateStorage, qemuTPMEmulatorRunSetup.
import { spawn } from 'node:child_process';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { virError } from '../../common/errors.ts';
import { isMissing } from '../state/durable-file.ts';
import { crashpoint } from '../util/failpoint.ts';
import { endCompanion, findCompanions } from './companion-process.ts';
import { readLogFrom } from './process.ts';

/** It takes a second; a loaded host some more. */
const SETUP_TIMEOUT_MS = 60_000;
/** Left by a swtpm_setup that was killed; the next one takes it away. */
const NEW = '.new';
/** A TPM on its way out. */
const ASIDE = '.going';

const namesIn = (path: string): Promise<readonly string[]> => readdir(path).catch(() => []); // there is no such folder

/** Whether there is a TPM in the folder: libtpms writes 'tpm2-00.permall', 'tpm-00.permall'. */
export async function hasTpm(stateDir: string): Promise<boolean> {
  return (await namesIn(stateDir)).some((name) => name.endsWith('.permall'));
}

interface SetupRun {
  readonly program: string;
  readonly args: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** swtpm_setup has its swtpm run as a daemon, and lets it be where it is killed itself (0.7.1): it is known by the log that both write. */
async function endLeftSwtpms(logPath: string): Promise<void> {
  const left = await findCompanions(dirname(dirname(logPath)));
  for (const { identity, isSetup, runtimeDir } of left)
    if (isSetup && runtimeDir === dirname(logPath)) await endCompanion(identity, 0);
}

/** Ends with the program. Throws OPERATION_FAILED with what it said, OPERATION_ABORTED. */
async function runSetup({ program, args, signal }: SetupRun, logPath: string): Promise<void> {
  if (signal?.aborted) throw virError('OPERATION_ABORTED', 'the making of a TPM was cancelled');
  const child = spawn(program, args, {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: SETUP_TIMEOUT_MS,
    killSignal: 'SIGKILL',
    ...(signal ? { signal } : {}),
  });
  let words = '';
  child.stderr.on('data', (data: Buffer) => {
    words = `${words}${data.toString('utf8')}`.slice(-16 * 1024);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.on('error', (error) => {
      if (child.pid === undefined)
        reject(virError('NO_SUPPORT', `${program} can't be run: ${error.message}`, { cause: error }));
    });
  });
  if (code === 0) return;
  await endLeftSwtpms(logPath);
  if (signal?.aborted) throw virError('OPERATION_ABORTED', 'the making of a TPM was cancelled');
  const log = await readLogFrom(logPath, 0);
  throw virError('OPERATION_FAILED', `${program} failed`, { detail: `${log}\n${words}`.trim() });
}

/**
 * A user of their own has no right to the authority in /var/lib that swtpm_setup signs with by default: one in their own folder is made at first. Where it is there, or where
 * swtpm_setup is too old for it, nothing happens.
 */
async function makeUserConfig(program: string, { logPath, signal }: TpmOptions): Promise<void> {
  if (process.getuid?.() === 0) return;
  const args = ['--create-config-files', 'skip-if-exist'];
  await runSetup({ program, args, signal }, logPath).catch((error: unknown) => {
    if (signal?.aborted) throw error; // else the setup itself says what is missing
  });
}

export interface TpmOptions {
  readonly stateDir: string;
  /** Where swtpm_setup is; asked only where it is needed. */
  readonly findSetup: () => Promise<string>;
  /** Its arguments for a TPM that is made in this folder. */
  readonly makeArgs: (stateDir: string) => readonly string[];
  /** Its arguments where one is there and is to be changed. */
  readonly changeArgs: readonly string[] | undefined;
  /** The TPM comes with a saved guest. */
  readonly isIncoming: boolean;
  readonly logPath: string;
  readonly signal?: AbortSignal | undefined;
}

const remove = (path: string): Promise<void> =>
  rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }); // a killed setup may still be writing

/** Makes the TPM in `stateDir`, whole or not at all. */
async function makeTpm(options: TpmOptions): Promise<void> {
  const { stateDir, findSetup, makeArgs, logPath, signal } = options;
  const program = await findSetup();
  const temporary = `${stateDir}${NEW}`;
  await remove(temporary);
  await mkdir(dirname(stateDir), { recursive: true, mode: 0o700 });
  await mkdir(temporary, { mode: 0o700 });
  try {
    await makeUserConfig(program, options);
    await runSetup({ program, args: makeArgs(temporary), signal }, logPath);
    crashpoint('the TPM is made, not yet named');
    // A folder that holds no TPM: a person's own, or one of a restore that failed.
    await rm(join(stateDir, '.lock'), { force: true });
    await rename(temporary, stateDir);
  } catch (error) {
    await remove(temporary);
    throw error;
  }
}

/**
 * Sees to it that `stateDir` has what swtpm needs. Throws NO_SUPPORT (no swtpm_setup), OPERATION_FAILED with its words, OPERATION_ABORTED, SYSTEM_ERROR.
 */
export async function prepareTpm(options: TpmOptions): Promise<void> {
  const { stateDir, isIncoming, changeArgs, findSetup, logPath, signal } = options;
  if (isIncoming) await mkdir(stateDir, { recursive: true, mode: 0o700 });
  else if (!(await hasTpm(stateDir))) await makeTpm(options);
  else if (changeArgs) await runSetup({ program: await findSetup(), args: changeArgs, signal }, logPath);
}

const asideOf = (domainTpmDir: string): string => join(dirname(domainTpmDir), `.${basename(domainTpmDir)}${ASIDE}`);

/**
 * Puts a domain's TPMs aside, before its definition goes: an engine that dies in between leaves what the next one can decide about (`settleTpms`). Returns whether there
 * were any.
 */
export async function setTpmAside(domainTpmDir: string): Promise<boolean> {
  const aside = asideOf(domainTpmDir);
  await remove(aside);
  return rename(domainTpmDir, aside).then(
    () => true,
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}

export const putTpmBack = (domainTpmDir: string): Promise<void> => rename(asideOf(domainTpmDir), domainTpmDir);

/** Takes away a domain's TPMs, of all versions, also those that were put aside. */
export async function removeTpm(domainTpmDir: string): Promise<void> {
  await remove(domainTpmDir);
  await remove(asideOf(domainTpmDir));
}

/**
 * At an engine's start: what was put aside comes back where the domain is still defined, and goes where it is not; what a setup was in the middle of goes.
 */
export async function settleTpms(tpmDir: string, isDefined: (uuid: string) => boolean): Promise<void> {
  const names = await namesIn(tpmDir);
  for (const dir of names.filter((one) => !one.startsWith('.')).map((one) => join(tpmDir, one)))
    for (const name of (await namesIn(dir)).filter((one) => one.endsWith(NEW))) await remove(join(dir, name));
  for (const name of names.filter((one) => one.startsWith('.') && one.endsWith(ASIDE))) {
    const uuid = name.slice(1, -ASIDE.length);
    const dir = join(tpmDir, uuid);
    if (isDefined(uuid) && !names.includes(uuid)) await putTpmBack(dir);
    else await remove(asideOf(dir));
  }
}

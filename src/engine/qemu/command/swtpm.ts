// The command lines of swtpm, which is a guest's TPM, and of swtpm_setup, which makes one: libvirt's qemuTPMEmulatorBuildCommand and qemuTPMEmulatorRunSetup. swtpm
// stays our child, so it is not asked to run as a daemon. Pure.
import { virError } from '../../../common/errors.ts';
import type { TpmDef } from '../../conf/small-devices.ts';
import type { CompanionRun } from './companion.ts';
import { companionName, companionPidFile, companionSocket } from './companion.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

/** swtpm reads its options between commas and knows no way to write one. */
function plain(path: string): string {
  if (path.includes(',')) throw unsupported(`swtpm can't use the path ${path}: there is a comma in it`);
  return path;
}

export const tpmVersion = (tpm: TpmDef): '1.2' | '2.0' => tpm.backend?.version ?? '2.0';
const versionArgs = (tpm: TpmDef): readonly string[] => (tpmVersion(tpm) === '2.0' ? ['--tpm2'] : []);

/** The folder below a domain's own that holds its TPM. */
export const tpmFolder = (tpm: TpmDef): string => (tpmVersion(tpm) === '2.0' ? 'tpm2' : 'tpm1.2');

/** Throws CONFIG_UNSUPPORTED for what is not to be had here. */
export function checkTpm(name: string, { backend }: TpmDef): void {
  if (backend?.encryption)
    throw unsupported(
      `the TPM of domain '${name}' is to be encrypted with a secret, and there are no secrets here; leave <encryption> out`,
    );
  if (backend?.source?.type === 'file')
    throw unsupported(`the TPM of domain '${name}' is to be in a file; name a folder (<source type='dir' …>)`);
  if (backend?.profile?.source !== undefined)
    throw unsupported(`the TPM of domain '${name}' has a profile, which is not possible here; leave <profile> out`);
}

const alias = (tpm: TpmDef): string => tpm.alias?.name ?? 'tpm0';

/** What runs while the guest does, but for the program's own path. */
export function swtpmArgs(tpm: TpmDef, run: CompanionRun, { stateDir, logPath }: SwtpmFiles): readonly string[] {
  const need = { kind: 'swtpm', alias: alias(tpm) } as const;
  const level = tpm.backend?.debug === undefined ? '' : `,level=${tpm.backend.debug}`;
  return [
    'socket',
    '--ctrl',
    `type=unixio,path=${plain(companionSocket(run.runtimeDir, need))},mode=0600`,
    '--tpmstate',
    `dir=${plain(stateDir)},mode=0600`,
    '--log',
    `file=${plain(logPath)}${level}`,
    ...versionArgs(tpm),
    '--pid',
    `file=${plain(companionPidFile(run, need))}`,
    '--terminate',
  ];
}

export interface SwtpmFiles {
  readonly stateDir: string;
  readonly logPath: string;
}

const BANKS = ['sha1', 'sha256', 'sha384', 'sha512'] as const;

/** The PCR banks that the definition asks for, as swtpm_setup is told; undefined where it leaves them alone. */
export function pcrBanks({ backend }: TpmDef): string | undefined {
  const banks = BANKS.filter((bank) => backend?.activePcrBanks?.[bank]);
  return banks.length === 0 ? undefined : banks.join(',');
}

/** A file that goes with the run. Its name has the start id in it, by which a swtpm_setup that lost its engine is found. */
export const setupLog = (tpm: TpmDef, run: CompanionRun): string =>
  `${run.runtimeDir}/${companionName({ kind: 'swtpm', alias: alias(tpm) })}.${run.startId}.log`;

/** Makes a TPM in the empty folder `stateDir`, with keys and certificates as a maker puts into one. */
export function swtpmSetupArgs(
  tpm: TpmDef,
  run: CompanionRun,
  { stateDir, vmid }: { readonly stateDir: string; readonly vmid: string },
): readonly string[] {
  const banks = pcrBanks(tpm);
  return [
    ...versionArgs(tpm),
    '--tpm-state',
    stateDir,
    '--vmid',
    vmid,
    '--logfile',
    setupLog(tpm, run),
    '--createek',
    '--create-ek-cert',
    '--create-platform-cert',
    '--lock-nvram',
    '--not-overwrite',
    ...(banks === undefined ? [] : ['--pcr-banks', banks]),
  ];
}

/** Sets the banks of a TPM that is there; undefined where there is nothing to set (TPM 1.2 has one bank). */
export function swtpmReconfigureArgs(tpm: TpmDef, run: CompanionRun, stateDir: string): readonly string[] | undefined {
  const banks = pcrBanks(tpm);
  if (banks === undefined || tpmVersion(tpm) !== '2.0') return undefined;
  return ['--tpm2', '--tpm-state', stateDir, '--logfile', setupLog(tpm, run), '--pcr-banks', banks, '--reconfigure'];
}

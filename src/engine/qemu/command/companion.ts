// Companions: the processes beside QEMU that a guest's devices need, swtpm for an emulated TPM and passt for a user's network (libvirt: qemu_extdevice.c). What they
// are called, where their files are, and how one is known again by its command line. Pure.
import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { InterfaceDef } from '../../conf/interface.ts';
import type { TpmDef } from '../../conf/small-devices.ts';

export const COMPANION_KINDS = ['swtpm', 'passt'] as const;
export type CompanionKind = (typeof COMPANION_KINDS)[number];

/** One that a device of a run needs; the device is known by its alias. */
export interface CompanionNeed {
  readonly kind: CompanionKind;
  readonly alias: string;
}

/** What the files of one run's companions are named after. */
export interface CompanionRun {
  readonly runtimeDir: string;
  readonly startId: string;
}

/** The length of sun_path without its final zero (unix(7)); passt cuts a longer one short without a word. */
const SOCKET_PATH_BYTES = 107;

export const isEmulatedTpm = (tpm: TpmDef): boolean => tpm.backend?.type === 'emulator';
export const isPasst = (net: InterfaceDef): boolean =>
  net.backend?.type === 'passt' && (net.type === 'user' || net.type === 'vhostuser');

const needs = <T extends { readonly alias?: { readonly name: string } | undefined }>(
  devices: readonly T[],
  kind: CompanionKind,
): readonly CompanionNeed[] => devices.flatMap(({ alias }) => (alias ? [{ kind, alias: alias.name }] : []));

/** What a live definition needs. */
export const companionNeeds = ({ devices }: Pick<DomainDef, 'devices'>): readonly CompanionNeed[] => [
  ...needs(devices.tpms.filter(isEmulatedTpm), 'swtpm'),
  ...needs(devices.interfaces.filter(isPasst), 'passt'),
];

/** Unique in a run, 'net0-passt'. */
export const companionName = ({ alias, kind }: CompanionNeed): string => `${alias}-${kind}`;

/** In this folder there is no TextEncoder. */
const utf8Bytes = (text: string): number => encodeURIComponent(text).replaceAll(/%[\dA-F]{2}/g, '_').length;

/** Throws CONFIG_UNSUPPORTED where the alias makes no file name, or one that is too long. */
export function companionSocket(runtimeDir: string, need: CompanionNeed): string {
  const path = `${runtimeDir}/${companionName(need)}.sock`;
  if (!/^[\w.-]+$/.test(need.alias) || utf8Bytes(path) > SOCKET_PATH_BYTES)
    throw virError(
      'CONFIG_UNSUPPORTED',
      `the alias '${need.alias}' can't be part of a socket's name; choose a shorter one of letters, digits, '-' and '.'`,
    );
  return path;
}

/** Written by the companion once it listens. Its name has the start id in it: that is how the process is known again. */
export const companionPidFile = (run: CompanionRun, need: CompanionNeed): string =>
  `${run.runtimeDir}/${companionName(need)}.${run.startId}.pid`;

export interface CompanionMark extends CompanionNeed, CompanionRun {
  /** It makes the TPM, or is the swtpm that swtpm_setup started for that, which outlives it where it is killed (swtpm 0.7.1). */
  readonly isSetup: boolean;
}

const MARK = /^(?:file=)?(\/.*)\/([\w.-]+)-(swtpm|passt)\.([\da-f-]{36})\.(pid|log)$/;
const PROGRAMS: readonly (string | undefined)[] = ['passt', 'swtpm', 'swtpm_setup'];
/** The options behind which the mark may be. */
const MARKED: readonly (string | undefined)[] = ['--pid', '--logfile', '--log'];

/**
 * Whose companion a process is, by its command line: passt lets nobody, not even its own user, read its environment. Undefined for any other process, also one that
 * only names such a file.
 */
export function readCompanionMark(argv: readonly string[]): CompanionMark | undefined {
  if (!PROGRAMS.includes(argv[0]?.replace(/^.*\//, ''))) return undefined;
  const marks = argv.map((word, at) => (MARKED.includes(argv[at - 1]) ? MARK.exec(word) : null));
  const [, runtimeDir, alias, kind, startId, ending] = marks.find((mark) => mark !== null) ?? [];
  return runtimeDir === undefined || alias === undefined || startId === undefined
    ? undefined
    : { runtimeDir, alias, kind: kind as CompanionKind, startId, isSetup: ending === 'log' };
}

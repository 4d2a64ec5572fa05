// Chooses firmware for a definition that says what it wants (firmware='efi', or a loader's path) from the host's descriptors, by QEMU's
// docs/interop/firmware.json (libvirt: src/qemu/qemu_firmware.c, qemuFirmwareFillDomain). Descriptors are passed in, best first.

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { LoaderDef, NvramDef, OsDef } from '../../conf/os.ts';
import { findMachine } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import type { FirmwareDescriptor, FirmwareFile } from './firmware-descriptor.ts';
import { archOf, machineOf } from './machine.ts';

/** Where distributions put firmware before descriptors came: code, variables. */
const LEGACY_PAIRS: readonly (readonly [string, string])[] = [
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/OVMF/OVMF_CODE.secboot.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/share/AAVMF/AAVMF_VARS.fd'],
  ['/usr/share/AAVMF/AAVMF32_CODE.fd', '/usr/share/AAVMF/AAVMF32_VARS.fd'],
];

/** Fills in loader, variable store and what follows from them. Throws OPERATION_FAILED where the host has no such firmware. */
export function completeFirmware(def: DomainDef, context: PostParseContext): DomainDef {
  checkFirmware(def);
  const { firmware, loader } = def.os;
  if (firmware === undefined && (loader === undefined || loader.type !== 'pflash')) return completeRom(def);
  const withFormat = defaultFormats(def);
  const chosen = (context.firmwares ?? []).find((descriptor) => matches(withFormat, descriptor, context));
  if (chosen) return applyFirmware(withFormat, chosen, context);
  if (firmware !== undefined && !isFilledIn(def))
    throw virError(
      'OPERATION_FAILED',
      `Unable to find '${firmware}' firmware that is compatible with the current configuration`,
    );
  return applyLegacy(withFormat, context);
}

/** A definition that was completed elsewhere names its files; they are its own affair. */
const isFilledIn = ({ os }: DomainDef): boolean =>
  os.loader?.path !== undefined && (os.features?.features.length ?? 0) > 0;

const completeRom = (def: DomainDef): DomainDef =>
  def.os.loader?.path === undefined || def.os.loader.type !== undefined
    ? def
    : { ...def, os: { ...def.os, loader: { ...def.os.loader, type: 'rom' } } };

const featureOf = (os: OsDef, name: string): boolean | undefined =>
  os.features?.features.find((feature) => feature.name === name)?.enabled;

function checkFirmware({ os }: DomainDef): void {
  if (os.firmware === 'bios') {
    if (os.nvram) throw virError('CONFIG_UNSUPPORTED', "firmware type 'bios' does not support nvram");
    if (os.loader?.stateless === false) throw virError('CONFIG_UNSUPPORTED', 'Only EFI firmware permits NVRAM');
  }
  if (featureOf(os, 'enrolled-keys') && featureOf(os, 'secure-boot') === false)
    throw virError(
      'CONFIG_UNSUPPORTED',
      "firmware feature 'enrolled-keys' cannot be enabled when firmware feature 'secure-boot' is disabled",
    );
  if (os.loader?.stateless && os.nvram)
    throw virError('CONFIG_UNSUPPORTED', 'NVRAM is not permitted when loader is stateless');
  if (
    os.firmware === undefined &&
    os.loader &&
    os.loader.type !== 'pflash' &&
    (os.nvram || os.loader.stateless === false)
  )
    throw virError('CONFIG_UNSUPPORTED', 'Only pflash loader type permits NVRAM');
}

/** Raw images, unless one of the two is said to be otherwise: then both are. */
function defaultFormats(def: DomainDef): DomainDef {
  const { loader, nvram } = def.os;
  const format = loader?.format ?? nvram?.format ?? nvram?.templateFormat ?? 'raw';
  return { ...def, os: { ...def.os, ...(loader && { loader: { ...loader, format } }) } };
}

const globToRegExp = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );

function matchesTarget(def: DomainDef, { targets }: FirmwareDescriptor, { caps }: PostParseContext): boolean {
  const names = [machineOf(def), findMachine(caps, machineOf(def))?.name ?? ''];
  return targets.some(
    ({ architecture, machines }) =>
      architecture === archOf(def) && machines.some((glob) => names.some((name) => globToRegExp(glob).test(name))),
  );
}

function matchesFiles({ os }: DomainDef, { mapping }: FirmwareDescriptor): boolean {
  const { loader, nvram } = os;
  if (mapping.device !== 'flash')
    return loader?.type !== 'pflash' && !nvram && (loader?.path === undefined || loader.path === mapping.filename);
  if (loader?.type === 'rom' || loader?.readonly === false) return false;
  if (loader?.path !== undefined && loader.path !== mapping.executable?.filename) return false;
  const isStateless = mapping.mode === 'stateless';
  if (loader?.stateless === true ? !isStateless : isStateless) return false;
  if (nvram?.template !== undefined && nvram.template !== mapping.nvramTemplate?.filename) return false;
  const wanted = loader?.format ?? nvram?.format ?? nvram?.templateFormat ?? 'raw';
  return mapping.executable?.format === wanted;
}

function matchesFeatures(def: DomainDef, { features }: FirmwareDescriptor): boolean {
  const { os } = def;
  const has = (name: string): boolean => features.includes(name);
  const secure = featureOf(os, 'secure-boot');
  if (secure !== undefined && secure !== has('secure-boot')) return false;
  const enrolled = featureOf(os, 'enrolled-keys');
  if (enrolled !== undefined && enrolled !== has('enrolled-keys')) return false;
  if (os.loader?.secure !== undefined && os.loader.secure !== has('requires-smm')) return false;
  if (has('requires-smm') && def.features?.smm?.state === false) return false;
  if (def.launchSecurity?.type === 'sev' && !has('amd-sev') && !has('amd-sev-es')) return false;
  if (def.launchSecurity?.type === 'sev-snp' && !has('amd-sev-snp')) return false;
  return true;
}

function matches(def: DomainDef, descriptor: FirmwareDescriptor, context: PostParseContext): boolean {
  const wanted = def.os.firmware === 'bios' ? 'bios' : 'uefi';
  return (
    descriptor.interfaceTypes.includes(wanted) &&
    matchesTarget(def, descriptor, context) &&
    matchesFiles(def, descriptor) &&
    matchesFeatures(def, descriptor)
  );
}

function applyFirmware(def: DomainDef, descriptor: FirmwareDescriptor, context: PostParseContext): DomainDef {
  const { mapping } = descriptor;
  if (mapping.device === 'kernel') return { ...def, os: { ...def.os, kernel: mapping.filename } };
  if (mapping.device === 'memory')
    return { ...def, os: { ...def.os, loader: { ...def.os.loader, type: 'rom', path: mapping.filename } } };
  const needsSmm = descriptor.features.includes('requires-smm');
  const loader: LoaderDef = {
    ...def.os.loader,
    readonly: true,
    type: 'pflash',
    format: mapping.executable?.format,
    path: mapping.executable?.filename,
    ...(needsSmm && { secure: true }),
    ...(mapping.mode === 'stateless' && { stateless: true }),
  };
  const nvram = mapping.mode === 'stateless' ? undefined : completeNvram(def, mapping.nvramTemplate, context);
  const isKnownStore = nvram === undefined || nvram.template !== undefined;
  const listed = [
    ...(isKnownStore
      ? [{ enabled: descriptor.features.includes('enrolled-keys'), name: 'enrolled-keys' as const }]
      : []),
    { enabled: descriptor.features.includes('secure-boot'), name: 'secure-boot' as const },
  ];
  return {
    ...def,
    os: {
      ...def.os,
      firmware: 'efi',
      features: { ...def.os.features, features: listed },
      loader,
      ...(nvram && { nvram }),
    },
    ...(needsSmm && { features: { ...def.features, smm: { ...def.features?.smm, state: true } } }),
  };
}

/** The guest's own variable store, made of the template at its first start. A store on the network has no template. */
function completeNvram(def: DomainDef, template: FirmwareFile | undefined, context: PostParseContext): NvramDef {
  const nvram = def.os.nvram;
  const format = nvram?.format ?? template?.format ?? 'raw';
  if (nvram?.type !== undefined && nvram.type !== 'file') return { ...nvram, format };
  const isFile = nvram?.source !== undefined;
  return {
    ...nvram,
    template: nvram?.template ?? template?.filename,
    templateFormat: nvram?.templateFormat ?? template?.format ?? 'raw',
    format,
    ...(!isFile && { path: nvram?.path ?? nvramPath(def, format, context) }),
  };
}

const nvramPath = (def: DomainDef, format: string, { nvramDir }: PostParseContext): string =>
  `${nvramDir ?? '/var/lib/libvirt/qemu/nvram'}/${def.name}_VARS.${format === 'qcow2' ? 'qcow2' : 'fd'}`;

/** Firmware that no descriptor speaks of: what the definition says, and the well-known store that belongs to the code. */
function applyLegacy(def: DomainDef, context: PostParseContext): DomainDef {
  const { loader, nvram } = def.os;
  if (loader?.readonly === false || loader?.stateless) return def;
  const known = LEGACY_PAIRS.find(([code]) => code === loader?.path)?.[1];
  const template = nvram?.template ?? known;
  if (template === undefined && !nvram) return def;
  const filled: NvramDef = {
    ...nvram,
    ...(template !== undefined && { template, templateFormat: nvram?.templateFormat ?? 'raw' }),
    format: nvram?.format ?? 'raw',
    ...(nvram?.source === undefined && { path: nvram?.path ?? nvramPath(def, nvram?.format ?? 'raw', context) }),
  };
  return { ...def, os: { ...def.os, nvram: filled } };
}

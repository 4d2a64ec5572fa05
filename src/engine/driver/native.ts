// Where definitions meet this host: post-parse with the emulator's real capabilities, and the live copy and command line of a start. The stages themselves
// are pure (qemu/def, qemu/command); here is what they are given.
import { randomInt, randomUUID } from 'node:crypto';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Output } from '../../common/contract/procedures.ts';
import { virError } from '../../common/errors.ts';
import type { Accelerator } from '../../common/model/domain.ts';
import type { DomainDef } from '../conf/domain.ts';
import { buildCommandLine } from '../qemu/command/build.ts';
import { companionSocket } from '../qemu/command/companion.ts';
import type { CommandOptions } from '../qemu/command/context.ts';
import { domxmlToNative } from '../qemu/command/to-native.ts';
import type { QemuCapabilities } from '../qemu/def/capabilities.ts';
import { completeDomain } from '../qemu/def/complete.ts';
import type { FirmwareDescriptor } from '../qemu/def/firmware-descriptor.ts';
import { prepareDomain } from '../qemu/def/prepare.ts';
import { MONITOR_FD } from '../qemu/process.ts';
import { domainRuntimeDir } from '../state/domain-runtime-dir.ts';
import type { DriverContext } from './context.ts';
import { findEmulator } from './host/host.ts';
import { withoutKvm } from './lifecycle/accelerate.ts';

export interface CompleteDef {
  readonly def: DomainDef & { readonly uuid: string };
  readonly warnings: readonly string[];
}

/** QEMU's own range of MAC addresses, and one that no domain here has had. */
function freeMac({ list }: DriverContext): string {
  for (;;) {
    const hex = randomInt(1 << 24)
      .toString(16)
      .padStart(6, '0');
    const mac = `52:54:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`;
    if (list.claimMac(mac)) return mac;
  }
}

const emulatorOf = async (def: DomainDef): Promise<string> => def.devices.emulator ?? (await findEmulator());

/** A definition that wants KVM is complete on a host without it too: there it runs in software until KVM is mended. */
const asIfKvm = (capabilities: QemuCapabilities): QemuCapabilities => ({ ...capabilities, kvm: true });

/** Looked for on the disk: only where the definition leaves the choice to us. */
const firmwaresFor = async (context: DriverContext, { os }: DomainDef): Promise<readonly FirmwareDescriptor[]> =>
  os.firmware !== undefined || os.loader !== undefined ? context.firmwares() : [];

/** Fills in defaults and addresses. Throws XML_ERROR, CONFIG_UNSUPPORTED, NO_SUPPORT (emulator). */
export async function completeDefinition(context: DriverContext, parsed: DomainDef): Promise<CompleteDef> {
  const emulator = await emulatorOf(parsed);
  const [capabilities, firmwares] = await Promise.all([context.capabilities(emulator), firmwaresFor(context, parsed)]);
  const def = completeDomain(parsed, {
    caps: asIfKvm(capabilities),
    newUuid: randomUUID,
    randomMac: () => freeMac(context),
    emulator,
    firmwares,
    nvramDir: context.paths.nvramDir,
    resolveMachineAlias: true,
    host: { arch: 'x86_64' },
  });
  for (const { mac } of def.devices.interfaces) if (mac?.address !== undefined) context.list.claimMac(mac.address);
  return { def: { ...def, uuid: def.uuid ?? randomUUID() }, warnings: [] };
}

export interface NativeRun {
  readonly id: number;
  readonly accelerator: Accelerator;
  readonly def: DomainDef;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where QEMU finds its companions, by the alias of the device. */
export const companionSockets = (runtimeDir: string): Pick<CommandOptions, 'passtSocket' | 'tpmSocket'> => ({
  passtSocket: (alias) => companionSocket(runtimeDir, { kind: 'passt', alias }),
  tpmSocket: (alias) => companionSocket(runtimeDir, { kind: 'swtpm', alias }),
});

export const monitorPathOf = (runtimeDir: string): string => join(runtimeDir, 'monitor.sock');

async function chooseAccelerator(
  context: DriverContext,
  def: DomainDef,
  wanted: 'tcg' | undefined,
): Promise<Accelerator> {
  if (def.type !== 'kvm' || wanted === 'tcg') return 'tcg';
  return (await context.accelerator.find()).kind;
}

/** A UEFI guest's variables begin as a copy of the firmware's template. */
async function makeNvram(def: DomainDef): Promise<void> {
  const path = def.os.nvram?.path;
  const template = def.os.nvram?.template;
  if (
    !path ||
    (await stat(path).then(
      () => true,
      () => false,
    ))
  )
    return;
  if (!template)
    throw virError(
      'OPERATION_FAILED',
      `the UEFI variables ${path} of domain '${def.name}' do not exist, and there is no template to make them of; name one in <nvram template='…'>`,
    );
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await copyFile(template, path);
}

const environmentOf = (def: DomainDef): Readonly<Record<string, string>> =>
  Object.fromEntries((def.qemuCommandline?.env ?? []).map(({ name, value }) => [name, value ?? '']));

/** The live definition and the command line of one start. Throws CONFIG_UNSUPPORTED for what this QEMU can't do. */
export async function makeNative(
  context: DriverContext,
  stored: DomainDef,
  options: {
    readonly accelerator?: 'tcg' | undefined;
    readonly incoming?: boolean;
    readonly resetNvram?: boolean | undefined;
  },
): Promise<NativeRun> {
  const emulator = await emulatorOf(stored);
  const [capabilities, accelerator] = await Promise.all([
    context.capabilities(emulator),
    chooseAccelerator(context, stored, options.accelerator),
  ]);
  if (options.resetNvram && stored.os.nvram?.path && stored.os.nvram.template)
    await rm(stored.os.nvram.path, { force: true });
  await makeNvram(stored);
  const id = context.nextId();
  const runtimeDir = domainRuntimeDir(context.paths, stored.uuid ?? '');
  const def = prepareDomain(accelerator === 'tcg' ? withoutKvm(stored) : stored, {
    mode: 'live',
    id,
    paths: { runtimeDir, nvramDir: context.paths.nvramDir, logDir: context.paths.logDir },
  });
  const args = buildCommandLine(def, capabilities, {
    monitor: { fd: MONITOR_FD },
    startPaused: true,
    incoming: options.incoming,
    sandbox: true,
    libDir: runtimeDir,
    ...companionSockets(runtimeDir),
    nowSeconds: Math.floor(context.now() / 1000),
  });
  return { id, accelerator, def, argv: [emulator, ...args], env: environmentOf(def) };
}

/** `domxml-to-native` by the installed emulator. */
export async function toNative(
  context: DriverContext,
  xml: string,
  file: string | undefined,
): Promise<Output<'domain.toNative'>> {
  const emulator = await findEmulator();
  const [capabilities, firmwares] = await Promise.all([context.capabilities(emulator), context.firmwares()]);
  const native = domxmlToNative(xml, asIfKvm(capabilities), {
    file,
    newUuid: randomUUID,
    randomMac: () => freeMac(context),
    emulator,
    firmwares,
  });
  return { argv: [...native.argv], xml: native.xml };
}

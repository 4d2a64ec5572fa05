// `domxml-to-native qemu-argv`: a definition → the command line that libvirt would start. What a host decides comes from the reference host, unless
// the caller says otherwise. Vivarium's own starts go through prepareDomain in 'live' mode instead.
import { formatDomain, parseDomain } from '../../conf/domain.ts';
import type { ParseWarning } from '../../conf/xml.ts';
import type { QemuCapabilities } from '../def/capabilities.ts';
import { completeDomain } from '../def/complete.ts';
import type { FirmwareDescriptor } from '../def/firmware-descriptor.ts';
import { prepareDomain, shortName } from '../def/prepare.ts';
import { buildCommandLine } from './build.ts';
import type { CommandOptions } from './context.ts';
import { NO_ID, REFERENCE_FACTS, REFERENCE_FIRMWARES, RUN_DIR, referenceOptions, STATE_DIR } from './reference-host.ts';

export interface ToNativeOptions {
  /** Serves messages. */
  readonly file?: string | undefined;
  readonly newUuid: () => string;
  readonly randomMac: () => string;
  /** Emulator of a definition that names none. */
  readonly emulator?: string | undefined;
  /** Firmware of the host that is meant; the reference host's where none is given. */
  readonly firmwares?: readonly FirmwareDescriptor[] | undefined;
  /** What else differs from the reference host. */
  readonly host?: Partial<CommandOptions> | undefined;
}

export interface NativeDomain {
  readonly argv: readonly string[];
  /** The definition with every default and address. */
  readonly xml: string;
  readonly warnings: readonly ParseWarning[];
}

/** Throws what completeDomain and buildCommandLine throw. */
export function domxmlToNative(xml: string, caps: QemuCapabilities, options: ToNativeOptions): NativeDomain {
  const parsed = parseDomain(xml, { file: options.file });
  const emulator = options.emulator ?? '/usr/bin/qemu-system-x86_64';
  const def = completeDomain(parsed.def, {
    caps,
    newUuid: options.newUuid,
    randomMac: options.randomMac,
    emulator,
    firmwares: options.firmwares ?? REFERENCE_FIRMWARES,
    nvramDir: `${STATE_DIR}/nvram`,
    host: REFERENCE_FACTS,
  });
  const libDir = `${STATE_DIR}/domain-${shortName(def, NO_ID)}`;
  const live = prepareDomain(def, { mode: 'libvirt', id: NO_ID, paths: { runtimeDir: RUN_DIR, libDir } });
  const args = buildCommandLine(live, caps, { ...referenceOptions(live), ...options.host });
  return { argv: [live.devices.emulator ?? emulator, ...args], xml: formatDomain(def), warnings: parsed.warnings };
}

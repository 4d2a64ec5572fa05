// `domxml-to-native qemu-argv`: a definition → the command line that libvirt would start, host facts as libvirt's own tests have them, so that
// the two can be laid side by side. Vivarium's own starts go through prepareDomain in 'live' mode instead.
import { formatDomain, parseDomain } from '../../conf/domain.ts';
import type { ParseWarning } from '../../conf/xml.ts';
import type { QemuCapabilities } from '../def/capabilities.ts';
import { completeDomain } from '../def/complete.ts';
import type { FirmwareDescriptor } from '../def/firmware-descriptor.ts';
import { prepareDomain, shortName } from '../def/prepare.ts';
import { buildCommandLine } from './build.ts';

export interface ToNativeOptions {
  /** Serves messages. */
  readonly file?: string | undefined;
  readonly newUuid: () => string;
  readonly randomMac: () => string;
  /** Emulator of a definition that names none. */
  readonly emulator?: string | undefined;
  readonly firmwares?: readonly FirmwareDescriptor[] | undefined;
  /** Seconds since 1970, for a clock with an adjustment. */
  readonly nowSeconds?: number | undefined;
}

export interface NativeDomain {
  readonly argv: readonly string[];
  /** The definition with every default and address. */
  readonly xml: string;
  readonly warnings: readonly ParseWarning[];
}

const STATE_DIR = '/var/lib/libvirt/qemu';
const RUN_DIR = '/var/run/libvirt/qemu';
/** A domain that is not running has this id. */
const NO_ID = -1;

const HUGEPAGE_MOUNTS: Readonly<Record<number, string>> = { 2048: '/dev/hugepages2M', 1048576: '/dev/hugepages1G' };

/** Throws what completeDomain and buildCommandLine throw. */
export function domxmlToNative(xml: string, caps: QemuCapabilities, options: ToNativeOptions): NativeDomain {
  const parsed = parseDomain(xml, { file: options.file });
  const emulator = options.emulator ?? '/usr/bin/qemu-system-x86_64';
  const context = {
    caps,
    newUuid: options.newUuid,
    randomMac: options.randomMac,
    emulator,
    firmwares: options.firmwares,
    nvramDir: `${STATE_DIR}/nvram`,
  };
  const def = completeDomain(parsed.def, context);
  const short = shortName(def, NO_ID);
  const libDir = `${STATE_DIR}/domain-${short}`;
  const live = prepareDomain(def, { mode: 'libvirt', id: NO_ID, paths: { runtimeDir: RUN_DIR, libDir } });
  const args = buildCommandLine(live, caps, {
    monitor: { fd: 1729 },
    startPaused: true,
    sandbox: true,
    nowSeconds: options.nowSeconds ?? 1_234_567_890,
    masterKeyFile: `${libDir}/master-key.aes`,
    unixServerFd: 1729,
    fileFds: { source: 1750, log: 1751 },
    tapFiles: () => ({ fds: ['3'], vhostFds: [] }),
    passtSocket: (alias) => `${RUN_DIR}/passt/${short}-${alias}.socket`,
    tpmSocket: () => '/dev/test',
    virtiofsSocket: (alias) => `${libDir}/${alias}-fs.sock`,
    libDir,
    memoryDir: `${STATE_DIR}/ram/${short}`,
    hugepageDir: (size) => (HUGEPAGE_MOUNTS[size] ? `${HUGEPAGE_MOUNTS[size]}/libvirt/qemu/${short}` : undefined),
    defaultHugepageKiB: 2048,
    vncListen: '127.0.0.1',
    spiceListen: '127.0.0.1',
    spiceTlsDir: '/etc/pki/libvirt-spice',
    chardevTlsDir: '/etc/pki/libvirt-chardev',
    renderNode: '/dev/dri/foo',
  });
  return { argv: [live.devices.emulator ?? emulator, ...args], xml: formatDomain(def), warnings: parsed.warnings };
}

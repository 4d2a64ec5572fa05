// `domxml-to-native qemu-argv`: a definition → the command line that libvirt would start, host facts as libvirt's own tests have them, so that
// the two can be laid side by side. Vivarium's own starts go through prepareDomain in 'live' mode instead.
import { type DomainDef, formatDomain, parseDomain } from '../../conf/domain.ts';
import type { ParseWarning } from '../../conf/xml.ts';
import type { QemuCapabilities } from '../def/capabilities.ts';
import { completeDomain } from '../def/complete.ts';
import type { FirmwareDescriptor } from '../def/firmware-descriptor.ts';
import { prepareDomain, shortName } from '../def/prepare.ts';
import { buildCommandLine } from './build.ts';
import type { CommandOptions, TapFiles } from './context.ts';

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
  readonly secret?: CommandOptions['secret'];
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
    host: { arch: 'x86_64', numaNodes: 4 },
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
    tapFiles: (index) => tapFiles(live, index),
    isHostCdrom: (path) => path === '/dev/cdrom',
    localOffsetSeconds: -1800,
    autoNodeset: '0-3',
    secret: options.secret,
    spicePort: 5901,
    dbusSocket: `${RUN_DIR}/dbus/${short}-dbus.sock`,
    scsiGeneric: () => '/dev/sg0',
    vsockCid: 42,
    tpmFds: { tpm: 1730, cancel: 1731 },
    plugsTransientDisks: true,
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

/** Descriptors as libvirt's tests have them: a tap on a bridge of libvirt's is 102 and up, one that it made itself 3; vhost from 44. */
function tapFiles(def: DomainDef, index: number): TapFiles {
  const net = def.devices.interfaces[index];
  const isVirtio = net?.model?.type?.startsWith('virtio') ?? false;
  const queues = isVirtio ? (net?.driver?.queues ?? 1) : 1;
  const first = net?.type === 'ethernet' ? 3 : 102;
  const numbers = (from: number): readonly string[] => Array.from({ length: queues }, (_, at) => String(from + at));
  const usesVhost = isVirtio && net?.driver?.name !== 'qemu';
  return { fds: numbers(first), vhostFds: usesVhost ? numbers(44) : [] };
}

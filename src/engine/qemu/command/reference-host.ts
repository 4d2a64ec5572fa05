// The host against which a command line is printed when no real one is meant: libvirt's own test environment, so that what `domxml-to-native`
// prints can be laid beside libvirt's expected results. Paths, descriptors and devices are the ones that its test suite pretends to have.
import type { DomainDef } from '../../conf/domain.ts';
import type { HostFacts } from '../def/context.ts';
import type { FirmwareDescriptor, FirmwareFile } from '../def/firmware-descriptor.ts';
import { shortName } from '../def/prepare.ts';
import type { CommandOptions, Props, SecretRequest, TapFiles } from './context.ts';

export const STATE_DIR = '/var/lib/libvirt/qemu';
export const RUN_DIR = '/var/run/libvirt/qemu';
/** A domain that is not running has this id. */
export const NO_ID = -1;

export const REFERENCE_FACTS: HostFacts = { arch: 'x86_64', numaNodes: 4, defaultHugepageKiB: 2048 };

const HUGEPAGE_MOUNTS: Readonly<Record<number, string>> = { 2048: '/dev/hugepages2M', 1048576: '/dev/hugepages1G' };

/** The processor of that host, as libvirt describes it. */
const HOST_CPU = {
  model: 'Haswell',
  // biome-ignore format: a list
  features: [
    'vme', 'ds', 'acpi', 'ss', 'ht', 'tm', 'pbe', 'dtes64', 'monitor', 'ds_cpl', 'vmx', 'smx', 'est', 'tm2', 'xtpr', 'pdcm', 'f16c', 'rdrand',
    'pdpe1gb', 'abm', 'lahf_lm',
  ],
};

/** Every secret of those tests has one value; this is it, encrypted with a master key and a vector that count up from 0. */
const secret = ({ kind }: SecretRequest): Props | undefined =>
  kind === 'cookies'
    ? undefined
    : {
        data: '9eao5F8qtkGt+seB1HYivWIxbtwUu6MQtg1zpj/oDtUsPr1q8wBYM91uEHCn6j/1',
        keyid: 'masterKey0',
        iv: 'AAECAwQFBgcICQoLDA0ODw==',
        format: 'base64',
      };

/** Descriptors as there: a tap on a bridge of libvirt's is 102 and up, one that it made itself 3; vhost from 44. */
function tapFiles(def: DomainDef, index: number): TapFiles {
  const net = def.devices.interfaces[index];
  const isVirtio = net?.model?.type?.startsWith('virtio') ?? false;
  const queues = isVirtio ? (net?.driver?.queues ?? 1) : 1;
  const first = net?.type === 'ethernet' ? 3 : 102;
  const numbers = (from: number): readonly string[] => Array.from({ length: queues }, (_, at) => String(from + at));
  const usesVhost = isVirtio && net?.driver?.name !== 'qemu';
  return { fds: numbers(first), vhostFds: usesVhost ? numbers(44) : [] };
}

/** Everything that a start on that host would have found or opened for `def`. */
export function referenceOptions(def: DomainDef): CommandOptions {
  const short = shortName(def, NO_ID);
  const libDir = `${STATE_DIR}/domain-${short}`;
  return {
    monitor: { fd: 1729 },
    startPaused: true,
    sandbox: true,
    nowSeconds: 1_234_567_890,
    localOffsetSeconds: -1800,
    masterKeyFile: `${libDir}/master-key.aes`,
    unixServerFd: 1729,
    fileFds: { source: 1750, log: 1751 },
    tpmFds: { tpm: 1730, cancel: 1731 },
    vdpaFd: 1732,
    tapFiles: (index) => tapFiles(def, index),
    isHostCdrom: (path) => path === '/dev/cdrom',
    autoNodeset: '0-3',
    hostCpu: HOST_CPU,
    secret,
    spicePort: 5901,
    dbusSocket: `${RUN_DIR}/dbus/${short}-dbus.sock`,
    scsiGeneric: () => '/dev/sg0',
    vsockCid: 42,
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
    hasSpicePassword: true,
    spiceTlsDir: '/etc/pki/libvirt-spice',
    chardevTlsDir: '/etc/pki/libvirt-chardev',
    nbdTlsDir: '/etc/pki/libvirt-nbd',
    renderNode: '/dev/dri/foo',
  };
}

// The UEFI builds of Fedora's edk2-ovmf, and its SeaBIOS.
const OVMF = '/usr/share/edk2/ovmf';
const Q35 = ['pc-q35-*'];
const PC = ['pc-i440fx-*', 'pc-q35-*'];

const flash = (
  code: string,
  vars: string | undefined,
  machines: readonly string[],
  features: readonly string[],
): FirmwareDescriptor => {
  const file = (name: string): FirmwareFile => ({
    filename: `${OVMF}/${name}`,
    format: name.endsWith('.qcow2') ? 'qcow2' : 'raw',
  });
  const mode = vars === undefined ? ('stateless' as const) : ('split' as const);
  return {
    interfaceTypes: ['uefi'],
    mapping: {
      device: 'flash',
      mode,
      executable: file(code),
      nvramTemplate: vars === undefined ? undefined : file(vars),
    },
    targets: [{ architecture: 'x86_64', machines }],
    features,
  };
};

const SECURE = ['acpi-s3', 'requires-smm', 'secure-boot', 'verbose-dynamic'];

/** In the order of the descriptors' file names. */
export const REFERENCE_FIRMWARES: readonly FirmwareDescriptor[] = [
  flash('OVMF_CODE_4M.secboot.qcow2', 'OVMF_VARS_4M.secboot.qcow2', Q35, [...SECURE, 'enrolled-keys']),
  flash('OVMF_CODE.secboot.fd', 'OVMF_VARS.secboot.fd', Q35, [...SECURE, 'enrolled-keys']),
  flash('OVMF_CODE_4M.secboot.qcow2', 'OVMF_VARS_4M.qcow2', Q35, SECURE),
  flash('OVMF_CODE.secboot.fd', 'OVMF_VARS.fd', Q35, SECURE),
  flash('OVMF_CODE_4M.qcow2', 'OVMF_VARS_4M.qcow2', PC, ['acpi-s3', 'amd-sev', 'amd-sev-es', 'verbose-dynamic']),
  flash('OVMF_CODE.fd', 'OVMF_VARS.fd', PC, ['acpi-s3', 'amd-sev', 'amd-sev-es', 'verbose-dynamic']),
  flash('OVMF.amdsev.fd', undefined, Q35, ['amd-sev', 'amd-sev-es', 'amd-sev-snp', 'verbose-dynamic']),
  {
    interfaceTypes: ['bios'],
    mapping: { device: 'memory', filename: '/usr/share/seabios/bios-256k.bin' },
    targets: [{ architecture: 'x86_64', machines: PC }],
    features: ['acpi-s3', 'acpi-s4'],
  },
];

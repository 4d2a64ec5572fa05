// The host that libvirt's tests pretend to run on, as far as a command line depends on it: the UEFI builds of Fedora's edk2-ovmf.
import { createCipheriv } from 'node:crypto';
import type { Props, SecretRequest } from '../src/engine/qemu/command/context.ts';
import type { FirmwareDescriptor, FirmwareFile } from '../src/engine/qemu/def/firmware-descriptor.ts';

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

/** In those tests random bytes count up, and every secret has one value; libvirt hands both to QEMU encrypted with its master key. */
export const conformanceSecret = ({ kind, value }: SecretRequest): Props => {
  const counting = (bytes: number): Buffer => Buffer.from(Array.from({ length: bytes }, (_, at) => at));
  const cipher = createCipheriv('aes-256-cbc', counting(32), counting(16));
  const plain = kind === 'cookies' ? (value ?? '') : 'AQCVn5hO6HzFAhAAq0NCv8jtJcIcE+HOBlMQ1A';
  const data = Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
  return { data, keyid: 'masterKey0', iv: counting(16).toString('base64'), format: 'base64' };
};

/** In the order of the descriptors' file names. */
export const CONFORMANCE_FIRMWARES: readonly FirmwareDescriptor[] = [
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

// What this host can do for guests, with one fix for each thing that is missing. Each check is one small function; none throws.
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { DoctorCheck } from '../../../common/model/host.ts';
import type { DriverContext } from '../context.ts';
import { findEmulator, hostInfo } from './host.ts';

const canRead = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
const canUse = (path: string): Promise<boolean> =>
  access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );

async function inPath(name: string, extra: readonly string[] = []): Promise<string | undefined> {
  for (const place of [...(process.env.PATH ?? '').split(delimiter), ...extra]) {
    const path = join(place, name);
    if (await canRead(path)) return path;
  }
  return undefined;
}

async function checkEmulator(context: DriverContext): Promise<DoctorCheck> {
  const base = { id: 'qemu', title: 'QEMU' };
  try {
    const emulator = await findEmulator();
    await context.capabilities(emulator);
    const { emulatorVersion } = await hostInfo(context);
    return { ...base, status: 'ok', finding: `QEMU ${emulatorVersion} at ${emulator}.` };
  } catch (error) {
    return {
      ...base,
      status: 'missing',
      finding: error instanceof Error ? error.message : String(error),
      consequence: 'No machine can run.',
      fix: 'Install QEMU.',
      command: 'sudo apt install qemu-system-x86 qemu-utils',
    };
  }
}

async function checkKvm(context: DriverContext): Promise<DoctorCheck> {
  const base = { id: 'kvm', title: 'Hardware acceleration (KVM)' };
  const finding = await context.accelerator.find();
  if (finding.kind === 'kvm') return { ...base, status: 'ok', finding: 'KVM runs guests on this host.' };
  return {
    ...base,
    status: 'warning',
    finding: finding.reason,
    consequence: 'Machines run in software (TCG): they work, some ten times slower.',
    ...(finding.fix ? { fix: finding.fix } : {}),
    ...(finding.command ? { command: finding.command } : {}),
  };
}

interface ProgramCheck {
  readonly id: string;
  readonly title: string;
  readonly program: string;
  readonly places?: readonly string[];
  readonly consequence: string;
  readonly command: string;
  /** Another program without which this one is of no use. */
  readonly and?: string;
  /** Said beside the path where it is there. */
  readonly note?: string;
}

const PROGRAMS: readonly ProgramCheck[] = [
  {
    id: 'qemu-img',
    title: 'Disk images (qemu-img)',
    program: 'qemu-img',
    consequence: 'No disk can be made or converted.',
    command: 'sudo apt install qemu-utils',
  },
  {
    id: 'passt',
    title: 'Networking without root (passt)',
    program: 'passt',
    consequence: 'Machines whose network is carried by passt do not start; those with QEMU’s own (slirp) do.',
    note: "Machines use it where their definition says <backend type='passt'/>.",
    command: 'sudo apt install passt',
  },
  {
    id: 'swtpm',
    title: 'TPM (swtpm)',
    program: 'swtpm',
    consequence: 'Machines can’t have a TPM, which Windows 11 wants.',
    and: 'swtpm_setup',
    command: 'sudo apt install swtpm swtpm-tools',
  },
  {
    id: 'bridge-helper',
    title: 'Bridges (qemu-bridge-helper)',
    program: 'qemu-bridge-helper',
    places: ['/usr/lib/qemu', '/usr/libexec', '/usr/libexec/qemu'],
    consequence: 'Machines can’t join a bridge of the host.',
    command: 'sudo apt install qemu-system-common',
  },
];

async function checkProgram(check: ProgramCheck): Promise<DoctorCheck> {
  const path = await inPath(check.program, check.places);
  const missing = path && check.and && !(await inPath(check.and, check.places)) ? check.and : check.program;
  const base = { id: check.id, title: check.title };
  if (path && missing === check.program)
    return { ...base, status: 'ok', finding: `${path} is there.${check.note ? ` ${check.note}` : ''}` };
  return {
    ...base,
    status: check.id === 'qemu-img' ? 'missing' : 'warning',
    finding: `${missing} is not installed.`,
    consequence: check.consequence,
    fix: 'Install it.',
    command: check.command,
  };
}

async function checkFirmware(context: DriverContext): Promise<DoctorCheck> {
  const base = { id: 'uefi', title: 'UEFI firmware (OVMF)' };
  const firmwares = await context.firmwares();
  if (firmwares.length > 0)
    return { ...base, status: 'ok', finding: `${firmwares.length} UEFI firmwares are installed.` };
  return {
    ...base,
    status: 'warning',
    finding: 'No UEFI firmware is installed.',
    consequence: 'Machines can boot with BIOS only.',
    fix: 'Install OVMF.',
    command: 'sudo apt install ovmf',
  };
}

async function checkOsinfo(): Promise<DoctorCheck> {
  const base = { id: 'osinfo', title: 'Operating systems (osinfo-db)' };
  if (await canRead('/usr/share/osinfo/os'))
    return { ...base, status: 'ok', finding: 'The database of operating systems is installed.' };
  return {
    ...base,
    status: 'warning',
    finding: 'The database of operating systems is not installed.',
    consequence: 'The system on an ISO is not recognised, and the wizard can’t recommend sizes.',
    fix: 'Install it.',
    command: 'sudo apt install osinfo-db',
  };
}

async function checkDevice(id: string, title: string, path: string, consequence: string): Promise<DoctorCheck> {
  if (await canUse(path)) return { id, title, status: 'ok', finding: `${path} can be used.` };
  const exists = await canRead(path);
  return {
    id,
    title,
    status: 'warning',
    finding: exists ? `You may not use ${path}.` : `There is no ${path}.`,
    consequence,
  };
}

export async function runDoctor(context: DriverContext): Promise<DoctorCheck[]> {
  return Promise.all([
    checkEmulator(context),
    checkKvm(context),
    ...PROGRAMS.map(checkProgram),
    checkFirmware(context),
    checkOsinfo(),
    checkDevice(
      'vhost-vsock',
      'Sockets between host and guest (vhost-vsock)',
      '/dev/vhost-vsock',
      'No machine can have a vsock.',
    ),
    checkDevice(
      'render-node',
      '3D acceleration (render node)',
      '/dev/dri/renderD128',
      'Machines have no 3D acceleration.',
    ),
  ]);
}

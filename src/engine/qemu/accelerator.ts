// Can KVM run a guest here? The presence of /dev/kvm says little: nested or half-virtualised hosts have one on which guests die. So a small guest of
// ours (kvm-test-rom.ts) goes through real, protected and long mode on it; only if it arrives is KVM used.
import { constants } from 'node:fs';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { KVM_TEST_EXIT_CODE, kvmTestRom } from './kvm-test-rom.ts';

export type AcceleratorFinding =
  | { readonly kind: 'kvm' }
  | {
      readonly kind: 'tcg';
      /** One sentence for people. */
      readonly reason: string;
      readonly fix?: string;
      readonly command?: string;
    };

const TEST_TIMEOUT_MS = 10_000;

export interface AcceleratorProbeOptions {
  readonly emulator: string;
  readonly cacheDir: string;
  /** For tests; the default is the real device. */
  readonly device?: string;
}

async function missingDevice(device: string): Promise<AcceleratorFinding> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8').catch(() => ''); // then nothing is known of the CPU
  if (!/\b(vmx|svm)\b/.test(cpuinfo)) {
    return {
      kind: 'tcg',
      reason: `There is no ${device}: this processor offers no virtualization, or it is switched off in the firmware.`,
      fix: 'Switch on VT-x or AMD-V in the firmware’s settings. In a virtual machine, ask its host for nested virtualization.',
    };
  }
  return {
    kind: 'tcg',
    reason: `There is no ${device}, though the processor could: the kernel module is not loaded.`,
    fix: 'Load the module of your processor.',
    command: 'sudo modprobe kvm_intel || sudo modprobe kvm_amd',
  };
}

/** Tests KVM. Never throws: whatever goes wrong is a reason to use TCG. */
export async function findAccelerator({
  emulator,
  cacheDir,
  device = '/dev/kvm',
}: AcceleratorProbeOptions): Promise<AcceleratorFinding> {
  try {
    await access(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return missingDevice(device);
    return {
      kind: 'tcg',
      reason: `You have no permission to use ${device}.`,
      fix: 'Join the group kvm, then log out and in again.',
      command: 'sudo usermod -aG kvm "$USER"',
    };
  }
  try {
    await mkdir(cacheDir, { recursive: true });
    const rom = join(cacheDir, 'kvm-test.rom');
    await writeFile(rom, kvmTestRom());
    const { exitCode, stderr } = await execa(
      emulator,
      [
        '-machine',
        'pc',
        '-accel',
        'kvm',
        '-m',
        '16',
        '-nodefaults',
        '-no-user-config',
        '-display',
        'none',
        '-no-reboot',
        '-bios',
        rom,
        '-device',
        'isa-debug-exit,iobase=0xf4,iosize=0x04',
      ],
      { reject: false, timeout: TEST_TIMEOUT_MS, stdin: 'ignore', maxBuffer: 64 * 1024 },
    );
    if (exitCode === KVM_TEST_EXIT_CODE) return { kind: 'kvm' };
    const words = stderr.trim().split('\n')[0];
    return {
      kind: 'tcg',
      reason: `KVM is there but does not run guests on this host${words ? ` (${words})` : ''}.`,
      fix: 'In a virtual machine, its host’s nested virtualization is incomplete: ask for it to be switched on or updated.',
    };
  } catch (error) {
    return {
      kind: 'tcg',
      reason: `KVM could not be tested: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}

/** The words with which QEMU tells that KVM gave up on a running guest. */
export const isKvmInternalError = (words: string): boolean =>
  /KVM internal error|kvm run failed|kvm_run failed/i.test(words);

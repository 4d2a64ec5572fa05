// What completing a definition needs, without a host: recorded capabilities, counting UUIDs and MAC addresses, two UEFI builds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandOptions } from '../../src/engine/qemu/command/context.ts';
import type { QemuCapabilities } from '../../src/engine/qemu/def/capabilities.ts';
import type { PostParseContext } from '../../src/engine/qemu/def/context.ts';
import type { FirmwareDescriptor } from '../../src/engine/qemu/def/firmware-descriptor.ts';

export const recordedCapabilities = JSON.parse(
  readFileSync(join(import.meta.dirname, '../data/caps/qemu-7.2.json'), 'utf8'),
) as QemuCapabilities;

const uefi = (
  code: string,
  vars: string,
  machines: readonly string[],
  features: readonly string[],
): FirmwareDescriptor => ({
  interfaceTypes: ['uefi'],
  mapping: {
    device: 'flash',
    mode: 'split',
    executable: { filename: `/usr/share/OVMF/${code}`, format: 'raw' },
    nvramTemplate: { filename: `/usr/share/OVMF/${vars}`, format: 'raw' },
  },
  targets: [{ architecture: 'x86_64', machines }],
  features,
});

export const testFirmwares: readonly FirmwareDescriptor[] = [
  uefi('OVMF_CODE_4M.ms.fd', 'OVMF_VARS_4M.ms.fd', ['pc-q35-*'], ['enrolled-keys', 'requires-smm', 'secure-boot']),
  uefi('OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.fd', ['pc-q35-*'], ['requires-smm', 'secure-boot']),
  uefi('OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd', ['pc-i440fx-*', 'pc-q35-*'], []),
];

/** Fresh counters each time, so that the same definition gets the same made-up values. */
export function defineContext(): PostParseContext {
  let count = 0;
  const next = (digits: number): string => (++count).toString(16).padStart(digits, '0');
  return {
    caps: recordedCapabilities,
    newUuid: () => `00000000-0000-4000-8000-${next(12)}`,
    randomMac: () => `52:54:00:00:01:${next(2)}`,
    emulator: '/usr/bin/qemu-system-x86_64',
    firmwares: testFirmwares,
    nvramDir: '/var/nvram',
  };
}

export const commandOptions: CommandOptions = {
  monitor: { path: '/run/vm/qmp.sock' },
  startPaused: true,
  sandbox: true,
  libDir: '/var/vm',
  hugepageDir: (size) => (size === 2048 ? '/dev/hugepages/vm' : undefined),
  passtSocket: (alias) => `/run/vm/${alias}-passt.sock`,
  tpmSocket: (alias) => `/run/vm/${alias}-swtpm.sock`,
  virtiofsSocket: (alias) => `/run/vm/${alias}-fs.sock`,
  bridgeHelper: '/usr/lib/qemu/qemu-bridge-helper',
};

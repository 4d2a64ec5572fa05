// What the stages know besides the definition. Everything that is not a pure function of the XML comes in here.
import type { QemuCapabilities } from './capabilities.ts';
import type { FirmwareDescriptor } from './firmware-descriptor.ts';

/** Facts about the host that a definition's defaults depend on. */
export interface HostFacts {
  /** Architecture of the host, libvirt's name; KVM needs it to be the guest's. */
  readonly arch?: string | undefined;
  /** Size of the kernel's default huge page. */
  readonly defaultHugepageKiB?: number | undefined;
  /** How many NUMA nodes the host has; undefined where nobody looked. */
  readonly numaNodes?: number | undefined;
}

export interface PostParseContext {
  readonly caps: QemuCapabilities;
  /** A fresh UUID, in the canonical form. */
  readonly newUuid: () => string;
  /** A fresh MAC address below 52:54:00. */
  readonly randomMac: () => string;
  /** Path of the emulator for a definition that names none. */
  readonly emulator?: string | undefined;
  readonly host?: HostFacts | undefined;
  /** Firmware descriptors of this host, best first (/usr/share/qemu/firmware/*.json). */
  readonly firmwares?: readonly FirmwareDescriptor[] | undefined;
  /** Folder for the variable stores of UEFI guests. */
  readonly nvramDir?: string | undefined;
  /** Whether 'pc' and 'q35' become the versioned machine they stand for, so that a guest's hardware outlives an upgrade of QEMU. */
  readonly resolveMachineAlias?: boolean | undefined;
}

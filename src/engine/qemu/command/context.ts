// What every part of the command line is built from.

import { virError } from '../../../common/errors.ts';
import type { DeviceInfo, VirtioOptions } from '../../conf/address.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { hasFlag, type QemuCapabilities } from '../def/capabilities.ts';
import { findController } from '../def/controllers.ts';

export interface TapFiles {
  readonly fds: readonly string[];
  readonly vhostFds: readonly string[];
}

/** A secret that a disk needs, as its definition names it. */
export interface SecretRequest {
  readonly id: string;
  readonly kind: 'auth' | 'encryption' | 'cookies';
  readonly type?: string | undefined;
  readonly uuid?: string | undefined;
  readonly usage?: string | undefined;
  /** The text itself, where the definition holds it (cookies). */
  readonly value?: string | undefined;
}

export interface CommandOptions {
  /** QMP's socket: one that the supervisor listens on already (fd), or one that QEMU shall make. */
  readonly monitor: { readonly fd: number } | { readonly path: string };
  /** Whether to wait for `cont` (-S). */
  readonly startPaused: boolean;
  /** Whether to wait for a saved guest's memory (`migrate-incoming`) instead of booting. */
  readonly incoming?: boolean | undefined;
  readonly sandbox: boolean;
  readonly pidfile?: string | undefined;
  /** Seconds since 1970, for a clock with an adjustment. */
  readonly nowSeconds?: number | undefined;
  readonly seed?: string | undefined;
  /** File with the key that secrets are encrypted with; libvirt always has one. */
  readonly masterKeyFile?: string | undefined;
  /** The descriptor of an inherited listening socket for each unix server, as libvirt does; without it QEMU makes them. */
  readonly unixServerFd?: number | undefined;
  /** Descriptors through which QEMU writes files of character devices, as libvirt does; without it QEMU opens them. */
  readonly fileFds?: { readonly source: number; readonly log: number } | undefined;
  /** Taps opened by the supervisor, by the interface's place in the list. */
  readonly tapFiles?: ((index: number) => TapFiles | undefined) | undefined;
  readonly bridgeHelper?: string | undefined;
  /** The socket of the passt of an interface, by its alias. */
  readonly passtSocket?: ((alias: string) => string) | undefined;
  /** The socket of the swtpm of a TPM, by its alias. */
  readonly tpmSocket?: ((alias: string) => string) | undefined;
  /** The socket of the virtiofsd of a filesystem, by its alias. */
  readonly virtiofsSocket?: ((alias: string) => string) | undefined;
  /** Folder of files that belong to this domain alone. */
  readonly libDir: string;
  /** Folder for memory that is a file. */
  readonly memoryDir?: string | undefined;
  /** Folder below a mount of huge pages of `sizeKiB`, or undefined where the host has none. */
  readonly hugepageDir?: ((sizeKiB: number) => string | undefined) | undefined;
  readonly defaultHugepageKiB?: number | undefined;
  readonly vncListen?: string | undefined;
  readonly spiceListen?: string | undefined;
  /** Whether every SPICE server has a password of the host's choice, set over QMP. */
  readonly hasSpicePassword?: boolean | undefined;
  readonly spiceTlsDir?: string | undefined;
  readonly vncTlsDir?: string | undefined;
  readonly chardevTlsDir?: string | undefined;
  /** Whether a block device is an optical drive, which QEMU drives in a way of its own. */
  readonly isHostCdrom?: ((path: string) => boolean) | undefined;
  /** Seconds that local time is ahead of UTC. */
  readonly localOffsetSeconds?: number | undefined;
  /** Nodes of the host that were chosen for placement='auto'. */
  readonly autoNodeset?: string | undefined;
  /** What a disk's secret is, for the object `id`; without it, a disk that needs one is refused. */
  readonly secret?: ((request: SecretRequest) => Props | undefined) | undefined;
  /** Port of a SPICE server with autoport. */
  readonly spicePort?: number | undefined;
  /** The socket on which QEMU offers its D-Bus display. */
  readonly dbusSocket?: string | undefined;
  /** The SCSI generic device of a host adapter's unit. */
  readonly scsiGeneric?:
    | ((adapter: string, bus: number, target: number, unit: number) => string | undefined)
    | undefined;
  /** Context id of a vsock that wants any. */
  readonly vsockCid?: number | undefined;
  /** Descriptors of a TPM of the host that is passed through, as libvirt hands them over. */
  readonly tpmFds?: { readonly tpm: number; readonly cancel: number } | undefined;
  /** Whether disks with <transient/> are left out because the supervisor plugs them in, with their overlay, before the guest runs. */
  readonly plugsTransientDisks?: boolean | undefined;
  /** The descriptor of an opened vDPA device, as libvirt hands it over. */
  readonly vdpaFd?: number | undefined;
  readonly nbdTlsDir?: string | undefined;
  /** The host's processor as the nearest model of libvirt's and the features that it has beyond; libvirt's names. */
  readonly hostCpu?: { readonly model: string; readonly features: readonly string[] } | undefined;
  /** An open render node for graphics that need one and name none. */
  readonly renderNode?: string | undefined;
}

export type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };
export type Props = { readonly [key: string]: Json };

export interface CommandContext {
  readonly def: DomainDef;
  readonly caps: QemuCapabilities;
  readonly options: CommandOptions;
  readonly has: (flag: string) => boolean;
  /** Counts descriptor sets that were handed out (-add-fd). */
  readonly fdsets: { next: number };
}

export const createContext = (def: DomainDef, caps: QemuCapabilities, options: CommandOptions): CommandContext => ({
  def,
  caps,
  options,
  has: (flag) => hasFlag(caps, flag),
  fdsets: { next: 0 },
});

/** The only place that escapes: QEMU's option syntax parts values by commas and takes a doubled one for itself. */
export const escapeCommas = (value: string): string => value.replaceAll(',', ',,');

export const aliasOf = (device: DeviceInfo): string => device.alias?.name ?? '';

/** '-device {…}', with what <qemu:override> changes. undefined members are left out. */
export function deviceArgs({ def }: CommandContext, props: Props): readonly string[] {
  const overrides = def.qemuOverride?.devices.find(({ alias }) => alias === props.id)?.frontends[0]?.properties ?? [];
  const merged: Record<string, Json> = { ...props };
  for (const { name, type, value = '' } of overrides) {
    if (type === 'remove') delete merged[name];
    else merged[name] = type === 'string' ? value : type === 'bool' ? value === 'true' : Number(value);
  }
  return ['-device', JSON.stringify(merged)];
}

export const objectArgs = (props: Props): readonly string[] => ['-object', JSON.stringify(props)];

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Name of the bus that a controller makes: its alias, with the number of the bus behind it for those that have several. */
function pciBusName(def: DomainDef, bus: number): string {
  const controller = findController(def, 'pci', bus);
  if (!controller) throw virError('INTERNAL_ERROR', `there is no PCI controller with index ${bus}`);
  // The root bus is QEMU's own, whatever a person calls it.
  if (controller.model === 'pci-root') return `pci.${bus}`;
  return controller.model === 'pcie-root' ? `pcie.${bus}` : aliasOf(controller);
}

/** Where on PCI, USB or ISA a device sits, as properties (qemuBuildDeviceAddressProps). */
export function addressProps({ def }: CommandContext, device: DeviceInfo): Props {
  const address = device.address;
  switch (address?.type) {
    case 'pci': {
      const fn = address.function ?? 0;
      return {
        bus: pciBusName(def, address.bus ?? 0),
        ...(address.multifunction !== undefined && { multifunction: address.multifunction }),
        addr: fn === 0 ? hex(address.slot ?? 0) : `${hex(address.slot ?? 0)}.${hex(fn)}`,
        'acpi-index': device.acpi?.index,
      };
    }
    case 'usb': {
      const controller = def.devices.controllers.find(
        (other) => other.type === 'usb' && other.index === (address.bus ?? 0) && !other.master,
      );
      return {
        bus: `${controller ? aliasOf(controller) : `usb${address.bus ?? ''}`}.0`,
        port: address.port || undefined,
      };
    }
    case 'isa':
      return { iobase: address.iobase, irq: address.irq };
    default:
      return {};
  }
}

export const bootProps = (device: DeviceInfo): Props => ({
  bootindex: device.boot?.order,
  loadparm: device.boot?.loadparm,
});

export const romProps = ({ rom }: DeviceInfo): Props =>
  rom?.enabled === false
    ? { romfile: '' }
    : { rombar: rom?.bar === undefined ? undefined : rom.bar ? 1 : 0, romfile: rom?.file };

/** Options that every virtio device has. */
export const virtioProps = (driver: VirtioOptions | undefined): Props => ({
  iommu_platform: driver?.iommu,
  ats: driver?.ats,
  packed: driver?.packed,
  'page-per-vq': driver?.pagePerVq,
});

/** 'virtio-blk' + model → 'virtio-blk-pci', 'virtio-blk-pci-transitional', … */
export const virtioDriver = (base: string, model: string | undefined): string =>
  model?.endsWith('-non-transitional')
    ? `${base}-pci-non-transitional`
    : model?.endsWith('-transitional')
      ? `${base}-pci-transitional`
      : `${base}-pci`;

export const unsupported = (what: string) => virError('CONFIG_UNSUPPORTED', what);

// Which kind of PCI slot each device wants (libvirt: qemuDomainDeviceCalculatePCIConnectFlags). 0: it is no PCI device.
import type { ControllerDef, PciModel } from '../../conf/controller.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { HostdevDef } from '../../conf/hostdev.ts';
import { hasFlag, type QemuCapabilities } from './capabilities.ts';
import type { DeviceRef } from './devices.ts';
import { hasPcieRoot } from './machine.ts';
import { PCI } from './pci-set.ts';

export interface ConnectFlags {
  readonly pci: number;
  /** For devices that are PCI Express where the guest has it. */
  readonly pcie: number;
  readonly virtio: number;
}

export function connectFlagsOf(def: DomainDef, caps: QemuCapabilities): ConnectFlags {
  const pci = PCI.DEVICE | PCI.AUTOASSIGN;
  const pcie = hasPcieRoot(def) ? PCI.PCIE_DEVICE | PCI.AUTOASSIGN : pci;
  return { pci, pcie, virtio: hasFlag(caps, 'VIRTIO_PCI_TRANSITIONAL') ? pcie : pci };
}

const CONTROLLER_FLAGS: Readonly<Record<PciModel, number>> = {
  'pci-root': 0,
  'pcie-root': 0,
  'pci-bridge': PCI.PCI_BRIDGE,
  'pci-expander-bus': PCI.PCI_EXPANDER_BUS,
  'pcie-expander-bus': PCI.PCIE_EXPANDER_BUS,
  'dmi-to-pci-bridge': PCI.DMI_TO_PCI_BRIDGE,
  'pcie-to-pci-bridge': PCI.PCIE_TO_PCI_BRIDGE,
  'pcie-root-port': PCI.PCIE_ROOT_PORT | PCI.AGGREGATE_SLOT,
  'pcie-switch-upstream-port': PCI.PCIE_SWITCH_UPSTREAM_PORT,
  'pcie-switch-downstream-port': PCI.PCIE_SWITCH_DOWNSTREAM_PORT,
};

const USB_PCIE = new Set(['nec-xhci', 'qemu-xhci']);

function controllerFlags(controller: ControllerDef, flags: ConnectFlags): number {
  switch (controller.type) {
    case 'pci':
      return CONTROLLER_FLAGS[controller.model as PciModel] ?? 0;
    case 'sata':
    case 'ide':
      return flags.pci;
    case 'usb':
      if (controller.model === 'none' || controller.model?.startsWith('qusb')) return 0;
      return USB_PCIE.has(controller.model ?? '') ? flags.pcie : flags.pci;
    case 'scsi':
      if (controller.model === undefined || controller.model === 'ncr53c90') return 0;
      return virtioFlags(controller.model, flags, flags.pci);
    case 'virtio-serial':
      return virtioFlags(controller.model ?? 'virtio', flags, flags.pci);
    case 'nvme':
      return flags.pcie;
    default:
      return 0;
  }
}

/** Transitional devices only work in conventional slots. */
const virtioFlags = (model: string, flags: ConnectFlags, other: number): number =>
  model.endsWith('-non-transitional') || model === 'virtio' || model === 'virtio-scsi'
    ? flags.virtio
    : model.endsWith('-transitional')
      ? flags.pci
      : other;

function hostdevFlags(hostdev: HostdevDef, flags: ConnectFlags): number {
  switch (hostdev.type) {
    case 'pci':
      return flags.pcie;
    case 'mdev':
      return hostdev.model === 'vfio-pci' ? flags.pcie : 0;
    case 'scsi_host':
      return virtioFlags(hostdev.model ?? 'virtio', flags, flags.virtio);
    default:
      return 0;
  }
}

const VIDEO_PCI = new Set(['vga', 'cirrus', 'vmvga', 'xen', 'vbox', 'qxl', 'parallels']);

function interfaceFlags(model: string | undefined, type: string, flags: ConnectFlags): number {
  if (type === 'hostdev') return flags.pcie;
  if (model === 'usb-net') return 0;
  if (model === 'e1000e' || model === 'igb' || model === undefined) return flags.pcie;
  return virtioFlags(model, flags, flags.pci);
}

/** The flags of one device. */
export function deviceFlags(def: DomainDef, { kind, index }: DeviceRef, flags: ConnectFlags): number {
  const devices = def.devices;
  switch (kind) {
    case 'controllers': {
      const controller = devices.controllers[index];
      return controller ? controllerFlags(controller, flags) : 0;
    }
    case 'disks': {
      const disk = devices.disks[index];
      return disk?.target?.bus === 'virtio' ? virtioFlags(disk.model ?? 'virtio', flags, 0) : 0;
    }
    case 'interfaces':
      return interfaceFlags(devices.interfaces[index]?.model?.type, devices.interfaces[index]?.type ?? '', flags);
    case 'filesystems': {
      const driver = devices.filesystems[index]?.driver?.type ?? 'path';
      if (driver === 'virtiofs') return flags.virtio;
      return driver === 'path' || driver === 'handle'
        ? virtioFlags(devices.filesystems[index]?.model ?? 'virtio', flags, 0)
        : 0;
    }
    case 'sounds': {
      const model = devices.sounds[index]?.model;
      if (model === 'virtio') return flags.virtio;
      return model === 'es1370' || model === 'ac97' || model === 'ich6' || model === 'ich9' ? flags.pci : 0;
    }
    case 'hostdevs': {
      const hostdev = devices.hostdevs[index];
      return hostdev ? hostdevFlags(hostdev, flags) : 0;
    }
    case 'videos': {
      const type = devices.videos[index]?.model?.type ?? '';
      if (type === 'virtio') return flags.virtio;
      return type === 'bochs' ? flags.pcie : VIDEO_PCI.has(type) ? flags.pci : 0;
    }
    default:
      return smallDeviceFlags(def, kind, index, flags);
  }
}

function smallDeviceFlags(def: DomainDef, kind: DeviceRef['kind'], index: number, flags: ConnectFlags): number {
  const devices = def.devices;
  switch (kind) {
    case 'memballoons': {
      const model = devices.memballoons[index]?.model ?? 'none';
      return model === 'none' || model === 'xen' ? 0 : virtioFlags(model, flags, 0);
    }
    case 'rngs':
      return virtioFlags(devices.rngs[index]?.model ?? 'virtio', flags, 0);
    case 'watchdogs':
      return devices.watchdogs[index]?.model === 'i6300esb' ? flags.pci : 0;
    case 'shmems':
      return flags.pci;
    case 'inputs':
      return devices.inputs[index]?.bus === 'virtio'
        ? virtioFlags(devices.inputs[index]?.model ?? 'virtio', flags, 0)
        : 0;
    case 'serials':
      return devices.serials[index]?.target?.type === 'pci-serial' ? flags.pci : 0;
    case 'iommus':
      return devices.iommus[index]?.model === 'virtio' ? flags.virtio | PCI.INTEGRATED : 0;
    case 'vsocks':
      return virtioFlags(devices.vsocks[index]?.model ?? 'virtio', flags, 0);
    case 'memories':
      return devices.memories[index]?.model.startsWith('virtio') ? flags.virtio : 0;
    case 'cryptos':
      return flags.pci;
    case 'panics':
      return devices.panics[index]?.model === 'pvpanic' ? flags.pcie | PCI.INTEGRATED : 0;
    default:
      return 0;
  }
}

// What can be plugged into a running guest, and pulled out of it (libvirt: qemuDomainAttachDeviceLive, qemuDomainDetachPrep…). Asked before anything is
// done; each answer is a reason, to which the caller adds the way out.
import type { DeviceInfo } from '../../conf/address.ts';
import type { DiskDef } from '../../conf/disk.ts';
import type { DevicesDef, DomainDef } from '../../conf/domain.ts';
import type { HostdevDef } from '../../conf/hostdev.ts';
import type { InterfaceDef } from '../../conf/interface.ts';
import { findController } from '../def/controllers.ts';
import { hasPcieRoot } from '../def/machine.ts';
import { type HotplugKind, isHotplugKind } from './attach-plan.ts';

type Reason = string | undefined;
type Device<K extends HotplugKind> = DevicesDef[K][number];

const HOTPLUG_BUSES: readonly (string | undefined)[] = ['virtio', 'scsi', 'usb'];

function diskReason(disk: DiskDef): Reason {
  const bus = disk.target?.bus;
  if (!HOTPLUG_BUSES.includes(bus)) return `the ${bus} bus takes and gives no disks while the guest runs`;
  if (disk.transient) return 'a transient disk gets its overlay at a start';
  if (disk.throttleFilters) return 'throttle filters are set up at a start';
  return undefined;
}

/** QEMU runs the bridge helper itself, which its sandbox allows only where a bridge was there at the start. */
function interfaceReason(def: DomainDef, net: InterfaceDef): Reason {
  if (net.type === 'hostdev') return 'a card of the host is given at a start';
  if (net.type === 'bridge' && !def.devices.interfaces.some((other) => other !== net && other.type === 'bridge'))
    return 'QEMU was started without leave to run the bridge helper';
  return undefined;
}

const hostdevReason = ({ type }: HostdevDef): Reason =>
  type === 'usb' ? undefined : `a host device of type '${type}' is given at a start`;

const SERIAL_TARGETS: readonly (string | undefined)[] = ['pci-serial', 'usb-serial'];

const REASONS: { readonly [K in HotplugKind]: (def: DomainDef, device: Device<K>) => Reason } = {
  disks: (_def, disk) => diskReason(disk),
  interfaces: interfaceReason,
  hostdevs: (_def, hostdev) => hostdevReason(hostdev),
  channels: (_def, { target }) =>
    target?.type === 'virtio' ? undefined : `a channel of type '${target?.type}' is set up at a start`,
  serials: (_def, { target }) =>
    SERIAL_TARGETS.includes(target?.type) ? undefined : `a port of type '${target?.type}' is part of the machine`,
  rngs: () => undefined,
  watchdogs: (_def, { model }) => (model === 'i6300esb' ? undefined : `the ${model} watchdog is part of the machine`),
  inputs: (_def, { bus }) =>
    bus === 'usb' || bus === 'virtio' ? undefined : `the ${bus ?? 'host'} input is set up at a start`,
  memories: (_def, { model }) =>
    model === 'dimm' || model === 'nvdimm' ? undefined : `memory of model '${model}' is set up at a start`,
};

const pciOf = ({ address }: DeviceInfo) => (address?.type === 'pci' ? address : undefined);

/** Whether the slot that a device has takes and gives devices while the guest runs. */
function slotReason(def: DomainDef, device: DeviceInfo): Reason {
  const pci = pciOf(device);
  if (!pci) return undefined;
  if (pci.multifunction || pci.function) return 'it is part of a slot with several functions';
  const controller = findController(def, 'pci', pci.bus ?? 0);
  if (controller?.target?.hotplug === false) return `hot plugging is switched off on PCI bus ${pci.bus}`;
  if (controller?.model === 'pcie-root' || (!controller && !pci.bus && hasPcieRoot(def)))
    return 'its place is on the root bus (pcie.0), which takes and gives no devices while the guest runs';
  return undefined;
}

/** Why this device can't be plugged in while the guest runs, or undefined where it can. */
export function attachReason(def: DomainDef, kind: string, device: DeviceInfo): Reason {
  if (!isHotplugKind(kind)) return 'devices of this kind are set up at a start';
  return (REASONS[kind] as (def: DomainDef, device: DeviceInfo) => Reason)(def, device) ?? slotReason(def, device);
}

/** Why this device can't be pulled out. */
export function detachReason(def: DomainDef, kind: string, device: DeviceInfo): Reason {
  if (!isHotplugKind(kind)) return 'devices of this kind stay until the guest is off';
  // That a bridge was set up while QEMU ran does not keep it from going.
  const rule = kind === 'interfaces' && (device as InterfaceDef).type === 'bridge' ? undefined : REASONS[kind];
  return (
    (rule as ((def: DomainDef, device: DeviceInfo) => Reason) | undefined)?.(def, device) ?? slotReason(def, device)
  );
}

// What a PC's chipset occupies itself: the PIIX3 of an i440FX, the ICH9 of a q35, and the places QEMU puts its first VGA card
// (libvirt: qemuDomainValidateDevicePCISlotsPIIX3 and …Q35).

import { virError } from '../../../common/errors.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { isI440fx, isQ35 } from './machine.ts';
import { addressOf, isPresent, isWanted, type PciItem, reserveNext, slotOf } from './pci-item.ts';
import { isSlotInUse, PCI, type PciAddressSet, reserveSlot, type Slot, validateSlot } from './pci-set.ts';

const LEGACY = PCI.AUTOASSIGN | PCI.DEVICE;
const at = (slot: number, fn = 0): Slot => ({ bus: 0, slot, function: fn });

export function reserveChipset(def: DomainDef, set: PciAddressSet, items: readonly PciItem[]): void {
  if (isI440fx(def)) reservePiix3(def, set, items);
  if (isQ35(def)) reserveIch9(def, set, items);
}

const isAt = (item: PciItem, slot: Slot): boolean => {
  if (!isPresent(item.address)) return false;
  const { bus, slot: device, function: fn } = slotOf(item.address);
  return bus === slot.bus && device === slot.slot && fn === slot.function;
};

/** A device whose place is fixed: takes it, or refuses any other. */
function pin(item: PciItem, slot: Slot, message: string): void {
  if (isPresent(item.address)) {
    if (!isAt(item, slot)) throw virError('INTERNAL_ERROR', message);
  } else {
    item.address = addressOf(slot);
  }
}

function reservePiix3(def: DomainDef, set: PciAddressSet, items: readonly PciItem[]): void {
  for (const item of items) {
    const controller = item.kind === 'controllers' ? def.devices.controllers[item.index] : undefined;
    if (controller?.index !== 0) continue;
    if (controller.type === 'ide') {
      pin(item, at(1, 1), 'Primary IDE controller must have PCI address 0:0:1.1');
      reserveSlot(set, at(1, 1), LEGACY);
    } else if (controller.type === 'usb' && (controller.model === 'piix3-uhci' || controller.model === undefined)) {
      pin(item, at(1, 2), 'PIIX3 USB controller at index 0 must have PCI address 0:0:1.2');
      reserveSlot(set, at(1, 2), LEGACY);
    }
  }
  // The ISA bridge and the power management of the PIIX3, which no definition names.
  reserveSlot(set, at(1), LEGACY);
  reserveSlot(set, at(1, 3), LEGACY);
  placePrimaryVideo(def, set, items, at(2), LEGACY);
}

function reserveIch9(def: DomainDef, set: PciAddressSet, items: readonly PciItem[]): void {
  for (const item of items) {
    const controller = item.kind === 'controllers' ? def.devices.controllers[item.index] : undefined;
    if (!controller) continue;
    if (controller.type === 'sata' && controller.index === 0) {
      const had = isPresent(item.address);
      pin(item, at(0x1f, 2), 'Primary SATA controller must have PCI address 0:0:1f.2');
      if (!had) reserveSlot(set, at(0x1f, 2), PCI.PCIE_DEVICE);
    } else if (controller.model === 'ich9-uhci1' && item.address === undefined) {
      placeFirstFree(set, item, [0x1d, 0x1a], true);
    } else if (controller.model === 'dmi-to-pci-bridge' && item.address === undefined) {
      placeFirstFree(set, item, [0x1e]);
    }
  }
  reserveSlot(set, at(0x1f), PCI.PCIE_DEVICE);
  reserveSlot(set, at(0x1f, 3), PCI.PCIE_DEVICE);
  placePrimaryVideo(def, set, items, at(1), PCI.PCIE_DEVICE);
  const sound = items.find(
    (item) => item.kind === 'sounds' && def.devices.sounds[item.index]?.model === 'ich9' && isWanted(item.address),
  );
  if (sound) placeFirstFree(set, sound, [0x1b]);
}

/** Where real hardware has the device, unless something sits there. */
function placeFirstFree(set: PciAddressSet, item: PciItem, slots: readonly number[], multifunction?: boolean): void {
  const free = slots.find((slot) => !isSlotInUse(set, at(slot)));
  if (free === undefined) return;
  reserveSlot(set, at(free), PCI.PCIE_DEVICE);
  item.address = addressOf(at(free), multifunction);
}

/** QEMU puts the first card into the first slot behind the chipset's own, so libvirt says it does. */
function placePrimaryVideo(
  def: DomainDef,
  set: PciAddressSet,
  items: readonly PciItem[],
  slot: Slot,
  flags: number,
): void {
  const type = def.devices.videos[0]?.model?.type;
  const video = items.find((item) => item.kind === 'videos' && item.index === 0);
  if (!video || type === 'none' || type === 'ramfb' || !isWanted(video.address)) return;
  validateSlot(set, slot, flags, true);
  if (isSlotInUse(set, slot)) {
    reserveNext(set, video);
  } else {
    reserveSlot(set, slot, flags);
    video.address = addressOf(slot);
  }
}

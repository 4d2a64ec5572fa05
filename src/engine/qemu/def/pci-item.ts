// A device on its way to a PCI address.
import type { Address, PciAddress } from '../../conf/address.ts';
import type { DeviceKind } from './devices.ts';
import { type PciAddressSet, reserveNextSlot, type Slot } from './pci-set.ts';

/** A device that takes part: its needs, and the address it has so far. */
export interface PciItem {
  readonly kind: DeviceKind;
  readonly index: number;
  readonly flags: number;
  address: Address | undefined;
}

export const isPciAddress = (address: Address | undefined): address is PciAddress => address?.type === 'pci';
/** All parts zero means: any PCI address. */
export const isPresent = (address: Address | undefined): address is PciAddress =>
  isPciAddress(address) && Boolean(address.domain || address.bus || address.slot);
export const isWanted = (address: Address | undefined): boolean =>
  address === undefined || (isPciAddress(address) && !isPresent(address));

export const slotOf = (address: PciAddress): Slot => ({
  bus: address.bus ?? 0,
  slot: address.slot ?? 0,
  function: address.function ?? 0,
});
export const addressOf = (slot: Slot, multifunction?: boolean): PciAddress => ({
  type: 'pci',
  domain: 0,
  bus: slot.bus,
  slot: slot.slot,
  function: slot.function,
  ...(multifunction !== undefined && { multifunction }),
});

export function reserveNext(set: PciAddressSet, item: PciItem, fn?: number, multifunction?: boolean): void {
  const slot = reserveNextSlot(set, item.flags, fn);
  if (set.dryRun) return;
  const given = isPciAddress(item.address) ? item.address.multifunction : undefined;
  item.address = addressOf(slot, given ?? multifunction);
}

// Gives every PCI device its address, adding root ports and bridges as they are needed (libvirt: qemuDomainAssignPCIAddresses). A first, dry
// pass finds how many buses there must be; the second one assigns. The order of kinds is libvirt's and decides every guest's hardware.

import { virError } from '../../../common/errors.ts';
import type { Address, PciAddress } from '../../conf/address.ts';
import type { ControllerDef, PciModel } from '../../conf/controller.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { hasFlag } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { maybeAddController } from './controllers.ts';
import { allDevices, type DeviceKind, refKey, withAddresses } from './devices.ts';
import { hasPcieRoot, hasPciRoot, isI440fx } from './machine.ts';
import { reserveChipset } from './pci-chipset.ts';
import { completePciControllers } from './pci-controllers.ts';
import { connectFlagsOf, deviceFlags } from './pci-flags.ts';
import { addressOf, isPciAddress, isPresent, isWanted, type PciItem, reserveNext, slotOf } from './pci-item.ts';
import { createBus, isBusFull, PCI, type PciAddressSet, reserveNextSlot, reserveSlot } from './pci-set.ts';

/** The kinds in the order in which they get addresses; controllers come twice, PCI ones first. */
const ORDER = [
  'filesystems', 'interfaces', 'sounds', 'controllers', 'disks', 'hostdevs', 'memballoons', 'rngs', 'watchdogs', 'videos', 'shmems', 'inputs',
  'serials', 'iommus', 'vsocks', 'memories', 'cryptos', 'panics',
] as const satisfies readonly DeviceKind[]; // biome-ignore format: a table

export function assignPciAddresses(input: DomainDef, context: PostParseContext): DomainDef {
  const buses = input.devices.controllers.filter(({ type }) => type === 'pci').map(({ index }) => index ?? 0);
  const highest = Math.max(-1, ...buses);
  let def = normalizeAddresses(input);
  let count = highest + 1;
  if (count > 0) {
    const dry = createSet(def, context, count, true);
    const dryItems = collect(def, context, dry);
    reserveChipset(def, dry, dryItems);
    // The chipset's own devices keep what they got: a fixed place is no guess.
    def = applyAddresses(def, dryItems);
    def = dryRun(def, context, dry, dryItems, highest);
    count = dry.buses.length;
  }
  const set = createSet(def, context, count, false);
  const items = collect(def, context, set);
  if (count > 0) reserveChipset(def, set, items);
  assignSlots(def, set, items);
  markMultifunction(items);
  return completePciControllers(applyAddresses(def, items), context.caps);
}

const isWhole = ({ domain, bus, slot, function: fn }: PciAddress): boolean =>
  domain !== undefined && bus !== undefined && slot !== undefined && fn !== undefined;

/** Parts that are not given are zero. */
function normalizeAddresses(def: DomainDef): DomainDef {
  const changes = new Map<string, Address>();
  for (const { kind, index, device } of allDevices(def)) {
    if (!isPciAddress(device.address) || isWhole(device.address)) continue;
    const { domain = 0, bus = 0, slot = 0, function: fn = 0 } = device.address;
    changes.set(refKey(kind, index), { ...device.address, domain, bus, slot, function: fn });
  }
  return withAddresses(def, changes);
}

function createSet(def: DomainDef, { caps }: PostParseContext, count: number, isDry: boolean): PciAddressSet {
  const buses = Array.from({ length: count }, () => createBus(undefined));
  for (const controller of def.devices.controllers) {
    if (controller.type !== 'pci') continue;
    buses[controller.index ?? 0] = createBus(controller.model as PciModel, controller.target?.hotplug !== false);
  }
  if (buses[0] && !buses[0].model) buses[0] = createBus('pci-root');
  const filler: PciModel = hasPcieRoot(def) ? 'pcie-root-port' : 'pci-bridge';
  for (const [index, bus] of buses.entries()) if (!bus.model) buses[index] = createBus(filler);
  return { buses, dryRun: isDry, hasPcieToPciBridge: hasFlag(caps, 'DEVICE_PCIE_PCI_BRIDGE') };
}

/** IDE and USB of the PIIX3 are reserved with the chipset, not by their own addresses. */
function isPiix3(controller: ControllerDef | undefined, address: PciAddress): boolean {
  if (controller?.index !== 0 || address.domain || address.bus !== 0 || address.slot !== 1) return false;
  return (
    (controller.type === 'ide' && address.function === 1) ||
    (controller.type === 'usb' &&
      (controller.model === 'piix3-uhci' || controller.model === undefined) &&
      address.function === 2)
  );
}

/** All devices that are or want to be on PCI; reserves the addresses that are given. */
function collect(def: DomainDef, { caps }: PostParseContext, set: PciAddressSet): readonly PciItem[] {
  const flags = connectFlagsOf(def, caps);
  const items: PciItem[] = [];
  for (const ref of allDevices(def)) {
    const wanted = deviceFlags(def, ref, flags);
    const address = ref.device.address;
    if (wanted === 0 && !isPresent(address)) continue;
    // The first console shares its serial port's address.
    if (ref.kind === 'consoles') continue;
    const item = { kind: ref.kind, index: ref.index, flags: wanted || PCI.DEVICE, address };
    items.push(item);
    if (!isPresent(address)) continue;
    if (ref.kind === 'controllers' && isPiix3(def.devices.controllers[ref.index], address)) {
      if (!isI440fx(def) && set.buses[0] && !(set.buses[0].flags & PCI.DEVICE))
        throw virError('INTERNAL_ERROR', 'Bus 0 must be PCI for integrated PIIX3 USB or IDE controllers');
      continue;
    }
    if (address.domain)
      throw virError('XML_ERROR', `Invalid PCI address domain ${address.domain}. Only PCI domain 0 is available`);
    reserveSlot(set, slotOf(address), item.flags);
  }
  return items;
}

const ICH9_FUNCTIONS: Readonly<Record<string, readonly [number, boolean | undefined]>> = {
  'ich9-ehci1': [7, undefined],
  'ich9-uhci1': [0, true],
  'ich9-uhci2': [1, undefined],
  'ich9-uhci3': [2, undefined],
};

function assignSlots(def: DomainDef, set: PciAddressSet, items: readonly PciItem[]): void {
  const controllers = items.filter(({ kind }) => kind === 'controllers');
  const typeOf = (item: PciItem): ControllerDef | undefined => def.devices.controllers[item.index];
  for (const item of controllers) if (typeOf(item)?.type === 'pci' && isWanted(item.address)) reserveNext(set, item);
  const stages = Map.groupBy(items, (item) => stageOf(def, item));
  for (const kind of ORDER) {
    for (const item of stages.get(kind) ?? []) {
      if (!isWanted(item.address)) continue;
      if (kind !== 'controllers') reserveNext(set, item);
      else if (typeOf(item)?.type !== 'pci') assignController(def, set, items, item);
    }
  }
}

/** A card that is a host device gets its address among those. */
const stageOf = (def: DomainDef, { kind, index }: PciItem): DeviceKind =>
  kind === 'interfaces' && def.devices.interfaces[index]?.type === 'hostdev' ? 'hostdevs' : kind;

function assignController(def: DomainDef, set: PciAddressSet, items: readonly PciItem[], item: PciItem): void {
  const controller = def.devices.controllers[item.index];
  if (!controller || (controller.type === 'ide' && controller.index === 0)) return;
  const [fn, multifunction] = (controller.type === 'usb' && ICH9_FUNCTIONS[controller.model ?? '']) || [];
  if (fn === undefined) {
    reserveNext(set, item);
    return;
  }
  // Parts of one USB 2 controller share a slot.
  const sibling = items.find((other) => {
    const model = other.kind === 'controllers' ? def.devices.controllers[other.index] : undefined;
    return (
      model?.type === 'usb' &&
      model.model !== undefined &&
      model.model in ICH9_FUNCTIONS &&
      model.index === controller.index &&
      isPresent(other.address)
    );
  });
  if (sibling && isPresent(sibling.address)) {
    const slot = { ...slotOf(sibling.address), function: fn };
    reserveSlot(set, slot, item.flags);
    item.address = addressOf(slot, multifunction);
  } else {
    reserveNext(set, item, fn, multifunction);
  }
}

/** Everything once, without keeping it, to see which buses it takes; then the controllers for them. */
function dryRun(
  def: DomainDef,
  context: PostParseContext,
  set: PciAddressSet,
  items: readonly PciItem[],
  highest: number,
): DomainDef {
  const legacy = PCI.AUTOASSIGN | PCI.DEVICE;
  // Room for one more bridge on a PCI guest, so that it can still grow when all else is taken.
  if (hasPciRoot(def) && !set.buses.every(isBusFull)) reserveNextSlot(set, legacy);
  assignSlots(def, set, items);
  // A guest whose root ports we add also gets one spare, to plug something in later.
  if (highest <= 0 && set.buses.length > highest + 1 && hasPcieRoot(def))
    reserveNextSlot(set, PCI.AUTOASSIGN | PCI.PCIE_DEVICE);
  let next = def;
  for (let index = 1; index < set.buses.length; index++) {
    const model = set.buses[index]?.model;
    const before = next;
    next = maybeAddController(next, 'pci', index, model);
    if (next === before || model === 'pci-root' || model === 'pcie-root') continue;
    const at = next.devices.controllers.findIndex(
      (controller) => controller.type === 'pci' && controller.index === index,
    );
    const device = next.devices.controllers[at];
    if (device)
      reserveNextSlot(
        set,
        deviceFlags(next, { kind: 'controllers', index: at, device }, connectFlagsOf(next, context.caps)),
      );
  }
  return next;
}

/** Function 0 of a slot with more functions must say so, or QEMU looks no further. */
function markMultifunction(items: readonly PciItem[]): void {
  for (const item of items) {
    if (!isPciAddress(item.address) || !item.address.function) continue;
    const { bus, slot } = item.address;
    const first = items.find(
      ({ address }) => isPciAddress(address) && address.bus === bus && address.slot === slot && address.function === 0,
    );
    if (first && isPciAddress(first.address) && first.address.multifunction === undefined)
      first.address = { ...first.address, multifunction: true };
  }
}

function applyAddresses(def: DomainDef, items: readonly PciItem[]): DomainDef {
  const changes = new Map<string, Address>();
  for (const item of items) if (isPresent(item.address)) changes.set(refKey(item.kind, item.index), item.address);
  return withAddresses(def, changes);
}

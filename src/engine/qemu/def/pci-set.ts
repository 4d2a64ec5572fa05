// A set of PCI buses with what is taken on them (libvirt: src/conf/domain_addr.c, virDomainPCIAddressSet). In a dry run it grows buses where
// a device finds none; that is how the number of root ports and bridges is found.

import { type ErrorCode, virError } from '../../../common/errors.ts';
import type { PciAddress } from '../../conf/address.ts';
import type { PciModel } from '../../conf/controller.ts';

/** What a device needs, and what a bus takes, as bits. */
export const PCI = {
  AUTOASSIGN: 1,
  HOTPLUGGABLE: 2,
  AGGREGATE_SLOT: 4,
  INTEGRATED: 8,
  DEVICE: 16,
  PCIE_DEVICE: 32,
  PCIE_ROOT_PORT: 64,
  PCIE_SWITCH_UPSTREAM_PORT: 128,
  PCIE_SWITCH_DOWNSTREAM_PORT: 256,
  DMI_TO_PCI_BRIDGE: 512,
  PCI_EXPANDER_BUS: 1024,
  PCIE_EXPANDER_BUS: 2048,
  PCI_BRIDGE: 4096,
  PCIE_TO_PCI_BRIDGE: 8192,
} as const;
const ENDPOINTS = PCI.DEVICE | PCI.PCIE_DEVICE;
const TYPES = 0x3ff0;

const ACCEPTERS: readonly (readonly [number, string])[] = [
  [PCI.DEVICE, 'standard PCI device'],
  [PCI.PCIE_DEVICE, 'PCI Express device'],
  [PCI.PCIE_ROOT_PORT, 'pcie-root-port'],
  [PCI.PCIE_SWITCH_UPSTREAM_PORT, 'pcie-switch-upstream-port'],
  [PCI.PCIE_SWITCH_DOWNSTREAM_PORT, 'pcie-switch-downstream-port'],
  [PCI.DMI_TO_PCI_BRIDGE, 'dmi-to-pci-bridge'],
  [PCI.PCIE_TO_PCI_BRIDGE, 'pcie-to-pci-bridge'],
  [PCI.PCI_EXPANDER_BUS, 'pci-expander-bus'],
  [PCI.PCIE_EXPANDER_BUS, 'pcie-expander-bus'],
  [PCI.PCI_BRIDGE, 'pci-bridge'],
];

export interface PciBus {
  model: PciModel | undefined;
  flags: number;
  minSlot: number;
  maxSlot: number;
  /** Functions taken, a bit each, by slot. */
  readonly functions: number[];
  readonly aggregate: boolean[];
}

export interface PciAddressSet {
  readonly buses: PciBus[];
  readonly dryRun: boolean;
  readonly hasPcieToPciBridge: boolean;
}

/** Where something sits; all parts are there. */
export interface Slot {
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

interface BusKind {
  readonly flags: number;
  readonly minSlot: number;
  readonly maxSlot: number;
  readonly hotplug: boolean;
}
const port: BusKind = {
  flags: PCI.AUTOASSIGN | PCI.PCIE_DEVICE | PCI.PCIE_SWITCH_UPSTREAM_PORT | PCI.PCIE_TO_PCI_BRIDGE,
  minSlot: 0,
  maxSlot: 0,
  hotplug: true,
};
const bridge: BusKind = { flags: PCI.AUTOASSIGN | PCI.DEVICE | PCI.PCI_BRIDGE, minSlot: 1, maxSlot: 31, hotplug: true };

/** What can be plugged into each kind of controller, and into which slots. */
const BUS_KINDS: Readonly<Record<PciModel, BusKind>> = {
  'pci-root': { ...bridge, flags: bridge.flags | PCI.PCI_EXPANDER_BUS },
  'pci-bridge': bridge,
  'pci-expander-bus': { ...bridge, minSlot: 0 },
  'pcie-root': {
    flags: PCI.PCIE_DEVICE | PCI.PCIE_ROOT_PORT | PCI.DMI_TO_PCI_BRIDGE | PCI.PCIE_EXPANDER_BUS,
    minSlot: 1,
    maxSlot: 31,
    hotplug: false,
  },
  'dmi-to-pci-bridge': { flags: PCI.DEVICE | PCI.PCI_BRIDGE, minSlot: 0, maxSlot: 31, hotplug: false },
  'pcie-to-pci-bridge': bridge,
  'pcie-root-port': port,
  'pcie-switch-downstream-port': port,
  'pcie-switch-upstream-port': { flags: PCI.PCIE_SWITCH_DOWNSTREAM_PORT, minSlot: 0, maxSlot: 31, hotplug: false },
  'pcie-expander-bus': { flags: PCI.PCIE_ROOT_PORT | PCI.DMI_TO_PCI_BRIDGE, minSlot: 0, maxSlot: 31, hotplug: false },
};

export function createBus(model: PciModel | undefined, allowHotplug = true): PciBus {
  const kind = model ? BUS_KINDS[model] : { flags: 0, minSlot: 0, maxSlot: 31, hotplug: false };
  const flags = kind.flags | (kind.hotplug && allowHotplug ? PCI.HOTPLUGGABLE : 0);
  return {
    model,
    flags,
    minSlot: kind.minSlot,
    maxSlot: kind.maxSlot,
    functions: [],
    aggregate: [],
  };
}

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');
export const showPci = (address: PciAddress | Slot): string =>
  `${hex(('domain' in address && address.domain) || 0, 4)}:${hex(address.bus ?? 0, 2)}:${hex(address.slot ?? 0, 2)}.${(address.function ?? 0).toString(16)}`;

const fail = (fromConfig: boolean, message: string) =>
  virError((fromConfig ? 'XML_ERROR' : 'INTERNAL_ERROR') satisfies ErrorCode, message);

/** Why a device with `device` flags can not sit on the bus at `slot`, or undefined where it can. */
function incompatible(bus: PciBus, slot: Slot, device: number, fromConfig: boolean): string | undefined {
  let busFlags = bus.flags;
  let flags = device;
  if (flags & PCI.INTEGRATED) {
    if (slot.bus !== 0) return `The device at PCI address ${showPci(slot)} needs to be an integrated device (bus=0)`;
    busFlags |= PCI.AUTOASSIGN;
  }
  if (fromConfig) {
    // Who writes an address may put a PCI device into a PCIe slot, or the other way round.
    if (busFlags & ENDPOINTS) busFlags |= ENDPOINTS;
    if (flags & PCI.PCI_BRIDGE) flags |= PCI.DEVICE;
  } else if (flags & PCI.AUTOASSIGN && !(busFlags & PCI.AUTOASSIGN)) {
    return `The device at PCI address ${showPci(slot)} was auto-assigned this address, but the PCI controller with index='${slot.bus}' doesn't allow auto-assignment`;
  }
  if (flags & PCI.HOTPLUGGABLE && !(busFlags & PCI.HOTPLUGGABLE))
    return `The device at PCI address ${showPci(slot)} requires hotplug capability, but the PCI controller with index='${slot.bus}' doesn't support hotplug`;
  if (flags & busFlags & TYPES) return undefined;
  const wanted = ACCEPTERS.find(([bit]) => flags & bit)?.[1] ?? 'nothing';
  return `The device at PCI address ${showPci(slot)} cannot be plugged into the PCI controller with index='${slot.bus}'. It requires a controller that accepts a ${wanted}.`;
}

export function validateSlot(set: PciAddressSet, slot: Slot, flags: number, fromConfig: boolean): PciBus {
  if (set.buses.length === 0) throw fail(fromConfig, 'No PCI buses available');
  const bus = set.buses[slot.bus];
  if (!bus)
    throw fail(
      fromConfig,
      `Invalid PCI address ${showPci(slot)}. Only PCI buses up to ${set.buses.length - 1} are available`,
    );
  const why = incompatible(bus, slot, flags, fromConfig);
  if (why) throw fail(fromConfig, why);
  if (slot.slot < bus.minSlot)
    throw fail(fromConfig, `Invalid PCI address ${showPci(slot)}. slot must be >= ${bus.minSlot}`);
  if (slot.slot > bus.maxSlot)
    throw fail(fromConfig, `Invalid PCI address ${showPci(slot)}. slot must be <= ${bus.maxSlot}`);
  return bus;
}

export const isSlotInUse = (set: PciAddressSet, slot: Slot): boolean =>
  Boolean(set.buses[slot.bus]?.functions[slot.slot]);

/** Takes one function. Throws where it is taken, or the bus is not for such a device. */
export function reserveSlot(set: PciAddressSet, wanted: Slot, flags: number, fromConfig = true): Slot {
  const slot = set.dryRun ? growTo(set, wanted, flags) : wanted;
  const bus = validateSlot(set, slot, flags, fromConfig);
  const taken = bus.functions[slot.slot] ?? 0;
  if (taken & (1 << slot.function)) throw fail(fromConfig, `Attempted double use of PCI Address ${showPci(slot)}`);
  if (!taken && flags & PCI.AGGREGATE_SLOT) bus.aggregate[slot.slot] = true;
  bus.functions[slot.slot] = taken | (1 << slot.function);
  return slot;
}

/** The first slot that fits; `fn` undefined means any function. In a dry run a bus is added where there is none. */
export function reserveNextSlot(set: PciAddressSet, flags: number, fn?: number): Slot {
  return reserveSlot(set, findNextSlot(set, flags, fn), flags, false);
}

function findNextSlot(set: PciAddressSet, flags: number, fn: number | undefined): Slot {
  if (set.buses.length === 0) throw virError('XML_ERROR', 'No PCI buses available');
  for (const [index, bus] of set.buses.entries()) {
    const found = findOnBus(bus, index, flags, fn);
    if (found) return found;
  }
  if (!set.dryRun) throw virError('INTERNAL_ERROR', 'No more available PCI slots');
  const grown = growTo(set, { bus: set.buses.length, slot: 0, function: fn ?? 0 }, flags);
  return { ...grown, slot: set.buses[grown.bus]?.minSlot ?? 0 };
}

function findOnBus(bus: PciBus, index: number, flags: number, fn: number | undefined): Slot | undefined {
  if (incompatible(bus, { bus: index, slot: bus.minSlot, function: fn ?? 0 }, flags, false)) return undefined;
  for (let slot = bus.minSlot; slot <= bus.maxSlot; slot++) {
    const taken = bus.functions[slot] ?? 0;
    if (taken === 0) return { bus: index, slot, function: fn ?? 0 };
    if (!(flags & PCI.AGGREGATE_SLOT) || !bus.aggregate[slot]) continue;
    if (!(taken & (1 << (fn ?? 0)))) return { bus: index, slot, function: fn ?? 0 };
    if (fn !== undefined) continue;
    for (let free = 0; free < 8; free++) if (!(taken & (1 << free))) return { bus: index, slot, function: free };
  }
  return undefined;
}

/** Adds buses until `slot.bus` is there, and says where the slot is then: a legacy device on a pure PCIe guest needs two more. */
function growTo(set: PciAddressSet, slot: Slot, flags: number): Slot {
  let add = slot.bus - set.buses.length + 1;
  if (add <= 0) return slot;
  let bus = slot.bus;
  let model: PciModel;
  const bridges: PciBus[] = [];
  if (flags & PCI.DEVICE) {
    model = 'pci-bridge';
    if (add === 1 && !set.buses.some((existing) => existing.flags & PCI.PCI_BRIDGE)) {
      bridges.push(...legacyBridge(set));
      add = 2;
      bus += 1;
    }
  } else if (flags & (PCI.PCIE_DEVICE | PCI.PCIE_SWITCH_UPSTREAM_PORT)) {
    model = 'pcie-root-port';
  } else {
    throw virError(
      'INTERNAL_ERROR',
      'a PCI slot is needed to connect a PCI controller, but none is available, and it cannot be automatically added',
    );
  }
  const last = set.buses.length + add;
  set.buses.push(...bridges);
  while (set.buses.length < last) set.buses.push(createBus(model));
  return { ...slot, bus };
}

/** The way from PCIe to PCI: a root port that takes nothing but the bridge behind it, or the older DMI bridge. */
function legacyBridge(set: PciAddressSet): readonly PciBus[] {
  if (!set.hasPcieToPciBridge) return [createBus('dmi-to-pci-bridge', false)];
  const root = createBus('pcie-root-port');
  root.flags = PCI.PCIE_TO_PCI_BRIDGE;
  return [root, createBus('pcie-to-pci-bridge')];
}

export function isBusFull(bus: PciBus): boolean {
  for (let slot = bus.minSlot; slot <= bus.maxSlot; slot++) if (!bus.functions[slot]) return false;
  return true;
}

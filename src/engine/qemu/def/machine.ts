// Questions about a machine type by its name (libvirt: src/qemu/qemu_domain.c, qemuDomainMachineIs…).
import type { DomainDef } from '../../conf/domain.ts';

export const machineOf = (def: DomainDef): string => def.os.type.machine ?? '';
export const archOf = (def: DomainDef): string => def.os.type.arch ?? '';

export const isX86 = (def: DomainDef): boolean => /^(?:x86_64|i686)$/.test(archOf(def));

export const isQ35 = (def: DomainDef): boolean => isX86(def) && /^(?:q35$|pc-q35-|pc-q35$)/.test(machineOf(def));

export const isI440fx = (def: DomainDef): boolean =>
  isX86(def) && /^(?:pc$|pc-0\.|pc-1\.|pc-i440fx|rhel)/.test(machineOf(def)) && !/q35/.test(machineOf(def));

export const isIsapc = (def: DomainDef): boolean => machineOf(def) === 'isapc';
export const isMicrovm = (def: DomainDef): boolean => machineOf(def) === 'microvm';

const pciRootModel = (def: DomainDef): string | undefined =>
  def.devices.controllers.find((controller) => controller.type === 'pci' && controller.index === 0)?.model;

export const hasPciRoot = (def: DomainDef): boolean => pciRootModel(def) === 'pci-root';
export const hasPcieRoot = (def: DomainDef): boolean => pciRootModel(def) === 'pcie-root';
export const hasPciBus = (def: DomainDef): boolean => pciRootModel(def) !== undefined;

export const hasBuiltInIde = isI440fx;

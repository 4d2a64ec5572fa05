// What follows for PCI controllers from the places they got: QEMU's name of the device, chassis, port, bus number
// (libvirt: the end of qemuDomainAssignPCIAddresses).

import { virError } from '../../../common/errors.ts';
import type { ControllerDef } from '../../conf/controller.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { hasFlag, type QemuCapabilities } from './capabilities.ts';
import { withDevices } from './devices.ts';

function modelName(model: string | undefined, caps: QemuCapabilities): string | undefined {
  switch (model) {
    case 'pci-bridge':
      return 'pci-bridge';
    case 'dmi-to-pci-bridge':
      return 'i82801b11-bridge';
    case 'pcie-to-pci-bridge':
      return 'pcie-pci-bridge';
    case 'pcie-root-port':
      return hasFlag(caps, 'DEVICE_PCIE_ROOT_PORT') ? 'pcie-root-port' : 'ioh3420';
    case 'pcie-switch-upstream-port':
      return 'x3130-upstream';
    case 'pcie-switch-downstream-port':
      return 'xio3130-downstream';
    case 'pci-expander-bus':
      return 'pxb';
    case 'pcie-expander-bus':
      return 'pxb-pcie';
    default:
      return undefined;
  }
}

export function completePciControllers(def: DomainDef, caps: QemuCapabilities): DomainDef {
  let lowestBus = 256;
  for (const { target } of def.devices.controllers)
    if (target?.busNr !== undefined) lowestBus = Math.min(lowestBus, target.busNr);
  const controllers = def.devices.controllers.map((controller) => {
    if (controller.type !== 'pci') return controller;
    const name = controller.modelName?.name ?? modelName(controller.model, caps);
    const named = name === undefined ? controller : { ...controller, modelName: { ...controller.modelName, name } };
    const done = completeTarget(named, lowestBus);
    if (done.target?.busNr !== undefined) lowestBus = Math.min(lowestBus, done.target.busNr);
    checkBridge(done);
    return done;
  });
  return withDevices(def, { controllers });
}

function completeTarget(controller: ControllerDef, lowestBus: number): ControllerDef {
  const target = controller.target;
  const address = controller.address?.type === 'pci' ? controller.address : undefined;
  const slot = address?.slot ?? 0;
  const index = controller.index ?? 0;
  switch (controller.model) {
    case 'pci-bridge':
      return { ...controller, target: { ...target, chassisNr: target?.chassisNr ?? index } };
    case 'pcie-root-port':
      return {
        ...controller,
        target: {
          ...target,
          chassis: target?.chassis ?? index,
          port: target?.port ?? (slot << 3) + (address?.function ?? 0),
        },
      };
    case 'pcie-switch-downstream-port':
      return { ...controller, target: { ...target, chassis: target?.chassis ?? index, port: target?.port ?? slot } };
    case 'pci-expander-bus':
    case 'pcie-expander-bus': {
      if (target?.busNr === undefined && lowestBus <= 2)
        throw virError(
          'CONFIG_UNSUPPORTED',
          `No free busNr lower than current lowest busNr is available to auto-assign to bus ${index}. Must be manually assigned`,
        );
      return { ...controller, target: { ...target, busNr: target?.busNr ?? lowestBus - 2 } };
    }
    default:
      return controller;
  }
}

function checkBridge(controller: ControllerDef): void {
  const bus = controller.address?.type === 'pci' ? (controller.address.bus ?? 0) : 0;
  const index = controller.index ?? 0;
  if (controller.model === 'pci-bridge' && index <= bus)
    throw virError(
      'CONFIG_UNSUPPORTED',
      `PCI controller at index ${index} has bus='${bus}', but index must be larger than bus`,
    );
}

// -device of controllers, by type in libvirt's order (qemuBuildControllersCommandLine). What the chipset has already is left out.
import type { ControllerDef, ControllerType } from '../../conf/controller.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { findController } from '../def/controllers.ts';
import { isI440fx, isQ35 } from '../def/machine.ts';
import {
  addressProps,
  aliasOf,
  type CommandContext,
  deviceArgs,
  type Props,
  unsupported,
  virtioDriver,
  virtioProps,
} from './context.ts';
import { iothreadMapping } from './disk.ts';

const ORDER: readonly ControllerType[] = ['pci', 'usb', 'scsi', 'ide', 'sata', 'virtio-serial'];

export const buildControllers = (context: CommandContext): readonly string[] =>
  ORDER.flatMap((type) => buildType(context, type));

/** CCID controllers sit on USB, so they come after its hubs. */
export const buildCcidControllers = (context: CommandContext): readonly string[] => buildType(context, 'ccid');

function buildType(context: CommandContext, type: ControllerType): readonly string[] {
  const controllers = context.def.devices.controllers.filter((controller) => controller.type === type);
  return controllers.flatMap((controller) => {
    const props = controllerProps(context, controller);
    return props ? deviceArgs(context, props) : [];
  });
}

function controllerProps(context: CommandContext, controller: ControllerDef): Props | undefined {
  switch (controller.type) {
    case 'pci':
      return pciProps(context, controller);
    case 'usb':
      return usbProps(context, controller);
    case 'scsi':
      return scsiProps(context, controller);
    case 'ide':
      if (controller.index === 0 && isI440fx(context.def)) return undefined;
      throw unsupported('IDE controllers are unsupported for this QEMU binary or machine type');
    case 'sata':
      if (controller.index === 0 && isQ35(context.def)) return undefined;
      return { driver: 'ahci', id: aliasOf(controller), ...addressProps(context, controller) };
    case 'virtio-serial':
      return virtioSerialProps(context, controller);
    case 'ccid':
      return { driver: 'usb-ccid', id: aliasOf(controller), ...addressProps(context, controller) };
    default:
      return undefined;
  }
}

function pciProps(context: CommandContext, controller: ControllerDef): Props | undefined {
  const target = controller.target;
  const driver = controller.modelName?.name;
  const id = aliasOf(controller);
  const place = addressProps(context, controller);
  const reserve = target?.memReserve === undefined ? undefined : target.memReserve * 1024;
  switch (controller.model) {
    case 'pci-root':
    case 'pcie-root':
      return undefined;
    case 'pci-bridge':
      return { driver, chassis_nr: target?.chassisNr, shpc: target?.hotplug, 'mem-reserve': reserve, id, ...place };
    case 'pci-expander-bus':
    case 'pcie-expander-bus':
      return { driver, bus_nr: target?.busNr, id, numa_node: target?.node, ...place };
    case 'pcie-root-port':
      return {
        driver,
        port: target?.port,
        chassis: target?.chassis,
        hotplug: target?.hotplug,
        'mem-reserve': reserve,
        id,
        ...place,
      };
    case 'pcie-switch-downstream-port':
      return { driver, port: target?.port, chassis: target?.chassis, hotplug: target?.hotplug, id, ...place };
    default:
      return { driver, id, ...place };
  }
}

const USB_DRIVERS: Readonly<Record<string, string>> = {
  'piix3-uhci': 'piix3-usb-uhci',
  'piix4-uhci': 'piix4-usb-uhci',
  ehci: 'usb-ehci',
  'ich9-ehci1': 'ich9-usb-ehci1',
  'ich9-uhci1': 'ich9-usb-uhci1',
  'ich9-uhci2': 'ich9-usb-uhci2',
  'ich9-uhci3': 'ich9-usb-uhci3',
  'vt82c686b-uhci': 'vt82c686b-usb-uhci',
  'pci-ohci': 'pci-ohci',
  'nec-xhci': 'nec-usb-xhci',
  'qemu-xhci': 'qemu-xhci',
};

function usbMaster(def: DomainDef, index: number | undefined): string {
  const master = def.devices.controllers.find(
    (other) => other.type === 'usb' && other.index === index && !other.master,
  );
  return `${master ? aliasOf(master) : 'usb'}.0`;
}

function usbProps(context: CommandContext, controller: ControllerDef): Props | undefined {
  if (controller.model === 'none') return undefined;
  const driver = USB_DRIVERS[controller.model ?? ''];
  if (!driver) throw unsupported(`USB controller model '${controller.model}' is not supported`);
  const place = addressProps(context, controller);
  if (controller.master)
    return {
      driver,
      masterbus: usbMaster(context.def, controller.index),
      firstport: controller.master.startport,
      ...place,
    };
  return { driver, p2: controller.ports, p3: controller.ports, id: aliasOf(controller), ...place };
}

const SCSI_DRIVERS: Readonly<Record<string, string>> = {
  lsilogic: 'lsi',
  lsisas1078: 'megasas',
  lsisas1068: 'mptsas1068',
  vmpvscsi: 'pvscsi',
  am53c974: 'am53c974',
  dc390: 'dc-390',
};

function scsiProps(context: CommandContext, controller: ControllerDef): Props | undefined {
  const model = controller.model ?? '';
  const place = { id: aliasOf(controller), ...addressProps(context, controller) };
  if (!model.startsWith('virtio')) {
    const driver = SCSI_DRIVERS[model];
    if (!driver) throw unsupported(`Unsupported controller model: ${model}`);
    return { driver, ...place };
  }
  const driver = controller.driver;
  return {
    driver: virtioDriver('virtio-scsi', model === 'virtio-scsi' ? 'virtio' : model),
    iothread: driver?.iothread === undefined ? undefined : `iothread${driver.iothread}`,
    num_queues: driver?.queues,
    cmd_per_lun: driver?.cmdPerLun,
    max_sectors: driver?.maxSectors,
    ioeventfd: driver?.ioeventfd,
    'iothread-vq-mapping': iothreadMapping(driver?.iothreads?.iothreads),
    ...virtioProps(driver),
    ...place,
  };
}

function virtioSerialProps(context: CommandContext, controller: ControllerDef): Props {
  return {
    driver: virtioDriver('virtio-serial', controller.model),
    ...virtioProps(controller.driver),
    id: aliasOf(controller),
    max_ports: controller.ports,
    vectors: controller.vectors,
    ...addressProps(context, controller),
  };
}

export function buildHubs(context: CommandContext): readonly string[] {
  return context.def.devices.hubs.flatMap((hub) =>
    deviceArgs(context, { driver: 'usb-hub', id: aliasOf(hub), ...addressProps(context, hub) }),
  );
}

export const controllerAlias = (def: DomainDef, type: ControllerType, index: number): string => {
  const controller = findController(def, type, index);
  return controller ? aliasOf(controller) : `${type}${index}`;
};

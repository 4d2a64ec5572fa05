// Rules about controllers (libvirt: virDomainControllerDefValidate, qemuValidateDomainDeviceDefController).

import { virError } from '../../../common/errors.ts';
import type { ControllerDef } from '../../conf/controller.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { hasFlag } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { isIch9Usb } from './controllers.ts';
import { isI440fx, isQ35 } from './machine.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

export function validateControllers(def: DomainDef, context: PostParseContext): void {
  const seen = new Set<string>();
  for (const controller of def.devices.controllers) {
    const key = `${controller.type} ${controller.index} ${isIch9Usb(controller) ? controller.model : ''}`;
    if (seen.has(key))
      throw virError('XML_ERROR', `Multiple '${controller.type}' controllers with index '${controller.index}'`);
    seen.add(key);
    if (controller.type === 'pci') checkPci(def, controller);
    if (controller.type === 'usb') checkUsb(def, controller, context);
    if (controller.type === 'scsi' && controller.driver && !controller.model?.startsWith('virtio'))
      checkPlainScsi(controller);
  }
}

function checkPci(def: DomainDef, controller: ControllerDef): void {
  if (controller.model === 'pci-root' || controller.model === 'pcie-root') {
    if (controller.address) throw unsupported('pci-root and pcie-root controllers should not have an address');
    if (controller.index !== 0) throw virError('XML_ERROR', 'pci-root and pcie-root controllers should have index 0');
  }
  const node = controller.target?.node;
  const cells = def.cpu?.numa?.cells.length ?? 0;
  if (node !== undefined && node >= cells)
    throw unsupported(
      `${controller.model} with index ${controller.index} is configured for a NUMA node (${node}) not present in the domain's <cpu><numa> array (${cells})`,
    );
  const expander =
    controller.model === 'pci-expander-bus'
      ? isI440fx(def)
      : controller.model === 'pcie-expander-bus'
        ? isQ35(def)
        : true;
  if (!expander) throw unsupported(`${controller.model} controllers are not supported with this machine type`);
}

/** Queues and threads are virtio's. */
function checkPlainScsi({ driver }: ControllerDef): void {
  if (driver?.queues !== undefined) throw unsupported("'queues' is only supported by virtio-scsi controller");
  if (driver?.cmdPerLun !== undefined) throw unsupported("'cmd_per_lun' is only supported by virtio-scsi controller");
  if (driver?.maxSectors !== undefined) throw unsupported("'max_sectors' is only supported by virtio-scsi controller");
  if (driver?.iothread !== undefined || driver?.iothreads)
    throw unsupported("'iothread' attribute only supported for virtio scsi controllers");
}

const MODEL_FLAGS: Readonly<Record<string, string>> = {
  'nec-xhci': 'NEC_USB_XHCI',
  'qemu-xhci': 'DEVICE_QEMU_XHCI',
  'piix3-uhci': 'PIIX3_USB_UHCI',
  'piix4-uhci': 'PIIX4_USB_UHCI',
  'pci-ohci': 'PCI_OHCI',
  ehci: 'USB_EHCI',
  'ich9-ehci1': 'ICH9_USB_EHCI1',
};

function checkUsb(def: DomainDef, controller: ControllerDef, { caps }: PostParseContext): void {
  const usb = def.devices.controllers.filter(({ type }) => type === 'usb');
  if (controller.model === 'none' && usb.length > 1)
    throw virError('XML_ERROR', "Can't add another USB controller: USB is disabled for this domain");
  if (controller.master && !usb.some((other) => !other.master && other.index === controller.index))
    throw virError('XML_ERROR', 'No master USB controller specified');
  if ((controller.ports ?? 0) > 15 && controller.model?.endsWith('xhci'))
    throw unsupported(`'${controller.model}' controller supports only up to '15' ports`);
  const flag = MODEL_FLAGS[controller.model ?? ''];
  if (flag && !hasFlag(caps, flag))
    throw unsupported(`USB controller model '${controller.model}' not supported in this QEMU binary`);
}

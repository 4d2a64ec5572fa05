// <controller>s: indexes, places in the list, the ones that other devices imply, default models (libvirt: virDomainControllerInsertPreAlloced,
// virDomainAssignControllerIndexes, virDomainDefAddImplicitControllers, qemuDomainControllerDefPostParse).

import { virError } from '../../../common/errors.ts';
import { CONTROLLER_MODELS, type ControllerDef, type ControllerType } from '../../conf/controller.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { hasFlag, type QemuCapabilities } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { withDevices } from './devices.ts';
import { isI440fx, isQ35, isX86 } from './machine.ts';

export const findController = (def: DomainDef, type: ControllerType, index: number): ControllerDef | undefined =>
  def.devices.controllers.find((controller) => controller.type === type && controller.index === index);

export const isIch9Usb = (controller: ControllerDef): boolean =>
  controller.type === 'usb' && (controller.model?.startsWith('ich9-') ?? false);

/** Where a new controller goes: among its type by index, a companion's master before it, else at the end. */
export function insertController(list: readonly ControllerDef[], added: ControllerDef): readonly ControllerDef[] {
  let at = -1;
  for (let index = list.length - 1; index >= 0; index--) {
    const current = list[index];
    if (current?.type !== added.type) continue;
    if (added.index === undefined) {
      at = index + 1;
      break;
    }
    if ((current.index ?? -1) > added.index) at = index;
    else if (!added.master && current.master && current.index === added.index) at = index;
    else if (at === -1) at = index + 1;
  }
  if (at === -1) at = list.length;
  return [...list.slice(0, at), added, ...list.slice(at)];
}

export function maybeAddController(def: DomainDef, type: ControllerType, index: number, model?: string): DomainDef {
  if (findController(def, type, index)) return def;
  const added: ControllerDef = { type, index, ...(model !== undefined && { model }) };
  return withDevices(def, { controllers: insertController(def.devices.controllers, added) });
}

/** Puts controllers in libvirt's order and gives each that has none the lowest index that is free in its type. */
export function assignControllerIndexes(def: DomainDef): DomainDef {
  let sorted: readonly ControllerDef[] = [];
  for (const controller of def.devices.controllers) {
    checkControllerIndex(controller.type, controller.index ?? 0);
    checkModel(controller);
  }
  for (const controller of def.devices.controllers) sorted = insertController(sorted, normalizeIch9(controller));
  const done: ControllerDef[] = [...sorted];
  for (const [at, controller] of done.entries()) {
    if (controller.index === undefined) done[at] = { ...controller, index: freeIndex(done, controller, def) };
  }
  return withDevices(def, { controllers: mastersFirst(done) });
}

/** QEMU must know a USB 2 controller before its companions name it. */
function mastersFirst(list: readonly ControllerDef[]): readonly ControllerDef[] {
  const sorted = [...list];
  for (const master of list) {
    if (!isIch9Usb(master) || master.master) continue;
    const at = sorted.indexOf(master);
    const companion = sorted.findIndex((other) => isIch9Usb(other) && other.master && other.index === master.index);
    if (companion >= 0 && companion < at) {
      sorted.splice(at, 1);
      sorted.splice(companion, 0, master);
    }
  }
  return sorted;
}

/** Companions of an ich9 EHCI controller have a place below it by their model. */
function normalizeIch9(controller: ControllerDef): ControllerDef {
  const ports: Readonly<Record<string, number>> = { 'ich9-uhci1': 0, 'ich9-uhci2': 2, 'ich9-uhci3': 4 };
  const startport = ports[controller.model ?? ''];
  return controller.type === 'usb' && startport !== undefined && !controller.master
    ? { ...controller, master: { startport } }
    : controller;
}

function freeIndex(list: readonly ControllerDef[], controller: ControllerDef, def: DomainDef): number {
  // Parts of one USB 2 controller share an index: a part joins the one just before it, unless that group has such a part already.
  if (isIch9Usb(controller)) {
    const before = list[list.indexOf(controller) - 1];
    const joins =
      before !== undefined &&
      isIch9Usb(before) &&
      !list.some((other) => other.type === 'usb' && other.index === before.index && other.model === controller.model);
    if (joins && before.index !== undefined) return before.index;
  }
  const isRoot = controller.model === 'pci-root' || controller.model === 'pcie-root';
  const used = new Set(list.filter((other) => other.type === controller.type).map((other) => other.index));
  // Index 0 is the root bus's, which may not stand in the XML.
  let index = controller.type === 'pci' && !isRoot && !findController(def, 'pci', 0) ? 1 : 0;
  while (used.has(index)) index += 1;
  return index;
}

/** No machine has more of a kind; more in a definition is an error of it, or an attempt to keep us busy. */
export const MAX_CONTROLLER_INDEX = 255;

export function checkControllerIndex(type: ControllerType, index: number): void {
  if (index > MAX_CONTROLLER_INDEX)
    throw virError(
      'XML_ERROR',
      `'${type}' controller with index '${index}' is beyond the highest, ${MAX_CONTROLLER_INDEX}`,
    );
}

function checkModel({ type, model }: ControllerDef): void {
  if (model !== undefined && !CONTROLLER_MODELS[type]?.includes(model))
    throw virError('XML_ERROR', `Unknown model type '${model}' for a controller of type '${type}'`);
}

const highest = (indexes: readonly (number | undefined)[]): number =>
  Math.max(-1, ...indexes.map((index) => index ?? -1));

/** Controllers that disks, SCSI host devices, virtio-serial ports and smart cards need. */
export function addImplicitControllers(def: DomainDef): DomainDef {
  let next = def;
  const upTo = (type: ControllerType, last: number, model?: string): void => {
    checkControllerIndex(type, last);
    for (let index = 0; index <= last; index++) next = maybeAddController(next, type, index, model);
  };
  const onBus = (bus: string): number =>
    highest(
      def.devices.disks
        .filter((disk) => disk.target?.bus === bus)
        .map((disk) => (disk.address?.type === 'drive' ? (disk.address.controller ?? 0) : undefined)),
    );
  upTo('ide', onBus('ide'));
  upTo('scsi', onBus('scsi'));
  upTo('fdc', onBus('fdc'));
  upTo('sata', onBus('sata'));
  next = addVirtioSerial(next);
  const scsiHostdevs = def.devices.hostdevs.filter((hostdev) => hostdev.type === 'scsi');
  // Another controller for host devices is one like those that are there.
  const like = def.devices.controllers.find((controller) => controller.type === 'scsi')?.model;
  upTo(
    'scsi',
    highest(
      scsiHostdevs.map((hostdev) =>
        hostdev.address?.type === 'drive' ? (hostdev.address.controller ?? 0) : undefined,
      ),
    ),
    like,
  );
  const ccid = def.devices.smartcards.map((card) =>
    card.address?.type === 'ccid' ? (card.address.controller ?? 0) : 0,
  );
  upTo('ccid', highest(ccid));
  return next;
}

/** The controller that each port names, or the first. */
function addVirtioSerial(def: DomainDef): DomainDef {
  let next = def;
  for (const { target, address } of def.devices.channels) {
    if (target?.type !== 'virtio') continue;
    next = maybeAddController(next, 'virtio-serial', address?.type === 'virtio-serial' ? (address.controller ?? 0) : 0);
  }
  for (const { target, address } of def.devices.consoles) {
    if (target?.type !== 'virtio') continue;
    next = maybeAddController(next, 'virtio-serial', address?.type === 'virtio-serial' ? (address.controller ?? 0) : 0);
  }
  return next;
}

/** Default models, for controllers of every origin. */
export function completeControllers(def: DomainDef, context: PostParseContext): DomainDef {
  return withDevices(def, {
    controllers: def.devices.controllers.map((controller) => completeController(def, controller, context.caps)),
  });
}

function completeController(def: DomainDef, controller: ControllerDef, caps: QemuCapabilities): ControllerDef {
  switch (controller.type) {
    case 'scsi':
      return controller.model && controller.model !== 'auto'
        ? controller
        : { ...controller, model: defaultScsiModel(caps) };
    case 'usb':
      return controller.model ? controller : { ...controller, model: defaultUsbModel(def, caps) };
    case 'pci':
      if (!controller.model) throw virError('XML_ERROR', `PCI controller with index ${controller.index} has no model`);
      return controller;
    default:
      return controller;
  }
}

function defaultScsiModel(caps: QemuCapabilities): string {
  if (hasFlag(caps, 'SCSI_LSI')) return 'lsilogic';
  if (hasFlag(caps, 'VIRTIO_SCSI')) return 'virtio-scsi';
  throw virError('CONFIG_UNSUPPORTED', 'Unable to determine model for SCSI controller');
}

function defaultUsbModel(def: DomainDef, caps: QemuCapabilities): string {
  if (isX86(def) && hasFlag(caps, 'PIIX3_USB_UHCI')) return 'piix3-uhci';
  throw virError('CONFIG_UNSUPPORTED', 'no model provided for USB controller');
}

/** Model of the USB controller that a definition without any gets (qemuDomainDefaultUSBControllerModelAutoAdded). */
export function autoAddedUsbModel(def: DomainDef, caps: QemuCapabilities): string | undefined {
  if (isQ35(def)) {
    if (hasFlag(caps, 'DEVICE_QEMU_XHCI')) return 'qemu-xhci';
    if (hasFlag(caps, 'NEC_USB_XHCI')) return 'nec-xhci';
  }
  return isI440fx(def) ? 'piix3-uhci' : undefined;
}

// define: XML as written → definition with every default filled in. The stages in libvirt's order (src/conf/domain_postparse.c,
// virDomainDefPostParse); each takes a definition and gives a new one.
import type { DomainDef } from '../../conf/domain.ts';
import { addConsoleCompat, completeCharDevices } from './chardev-defaults.ts';
import type { PostParseContext } from './context.ts';
import { addImplicitControllers, assignControllerIndexes, completeControllers } from './controllers.ts';
import { completeCpu } from './cpu-defaults.ts';
import { addDefaultDevices, addImplicitVideo } from './default-devices.ts';
import { completeDevices } from './device-defaults.ts';
import { completeDisks } from './disk-defaults.ts';
import { completeDomainBasics, completeMemory } from './domain-defaults.ts';
import { assignDriveAddresses } from './drive-address.ts';
import { completeFirmware } from './firmware.ts';
import { assignMemorySlots } from './memory-slots.ts';
import { assignPciAddresses } from './pci-assign.ts';
import { assignUsbAddresses, hasAllUsbAddresses } from './usb-address.ts';
import { validateDomain } from './validate.ts';
import { assignVirtioSerialAddresses } from './virtio-serial-address.ts';

/** Fills in what libvirt would, assigns addresses, validates. Throws XML_ERROR or CONFIG_UNSUPPORTED, naming what is wrong. */
export function completeDomain(parsed: DomainDef, context: PostParseContext): DomainDef {
  let def = completeDomainBasics(parsed, context);
  def = assignControllerIndexes(def);
  def = completeFirmware(def, context);
  def = addDefaultDevices(def, context);
  def = completeCpu(def, context);
  def = completeDisks(def);
  def = completeDevices(def, context);
  def = completeCharDevices(def);
  def = addConsoleCompat(def);
  def = completeMemory(def);
  def = assignDriveAddresses(def);
  def = addImplicitVideo(def, context);
  def = addImplicitControllers(def);
  def = completeControllers(def, context);
  def = assignAddresses(def, context);
  validateDomain(def, context);
  return def;
}

/** All buses in turn. USB ports only where all are given: libvirt leaves them to the start of a guest (qemuDomainAssignUSBAddresses). */
function assignAddresses(def: DomainDef, context: PostParseContext): DomainDef {
  let addressed = assignVirtioSerialAddresses(def, context);
  addressed = assignPciAddresses(addressed, context);
  if (hasAllUsbAddresses(addressed)) addressed = assignUsbAddresses(addressed);
  return assignMemorySlots(addressed);
}

// Ports on USB buses and hubs (libvirt: qemuDomainAssignUSBAddresses, virDomainUSBAddressSet). libvirt does this at the start of a guest, so
// that a definition whose devices have no port stays free of them.

import { virError } from '../../../common/errors.ts';
import type { DeviceInfo, UsbAddress } from '../../conf/address.ts';
import type { ControllerDef } from '../../conf/controller.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { type DeviceRef, deviceList, refKey, withAddresses, withDevices } from './devices.ts';

const HUB_PORTS = 8;
/** Of an xHCI controller; more is refused later, by validation. */
const MAX_PORTS = 15;
/** A path has at most this many ports: the root's and three hubs'. */
const MAX_DEPTH = 4;

interface Hub {
  readonly ports: (Hub | 'device' | undefined)[];
}

const createHub = (ports: number): Hub => ({ ports: new Array(ports).fill(undefined) });

/** Ports of a root hub; companions have none of their own. */
function portsOf(controller: ControllerDef): number {
  switch (controller.model) {
    case 'piix3-uhci':
    case 'piix4-uhci':
    case 'vt82c686b-uhci':
      return 2;
    case 'ehci':
    case 'ich9-ehci1':
      return 6;
    case 'pci-ohci':
      return 3;
    case 'nec-xhci':
    case 'qemu-xhci':
      return Math.min(controller.ports ?? 4, MAX_PORTS);
    case 'qusb1':
    case 'qusb2':
      return Math.min(controller.ports ?? 8, MAX_PORTS);
    default:
      return 0;
  }
}

/** Devices on USB in the order in which they get ports; hubs apart, as they make ports. */
function usbDevices(def: DomainDef): readonly DeviceRef[] {
  const refs: DeviceRef[] = [];
  const add = (kind: DeviceRef['kind'], is: (index: number) => boolean): void => {
    for (const [index, device] of deviceList(def, kind).entries()) if (is(index)) refs.push({ kind, index, device });
  };
  const { devices } = def;
  add('hostdevs', (index) => devices.hostdevs[index]?.type === 'usb');
  add('disks', (index) => devices.disks[index]?.target?.bus === 'usb');
  add('filesystems', (index) => devices.filesystems[index]?.driver?.type === 'mtp');
  add('interfaces', (index) => devices.interfaces[index]?.model?.type === 'usb-net');
  add('controllers', (index) => devices.controllers[index]?.type === 'ccid');
  add('inputs', (index) => devices.inputs[index]?.bus === 'usb');
  add('sounds', (index) => devices.sounds[index]?.model === 'usb');
  add('serials', (index) => devices.serials[index]?.target?.type === 'usb-serial');
  add('redirdevs', (index) => (devices.redirdevs[index]?.bus ?? 'usb') === 'usb');
  return refs;
}

const hubRefs = (def: DomainDef): readonly DeviceRef[] =>
  def.devices.hubs.map((device, index) => ({ kind: 'hubs', index, device }));

const usbAddress = (device: DeviceInfo): UsbAddress | undefined =>
  device.address?.type === 'usb' ? device.address : undefined;
const isComplete = (device: DeviceInfo): boolean => Boolean(usbAddress(device)?.port);
/** A device that has another kind of address is not ours to place. */
const isPlaceable = (device: DeviceInfo): boolean => device.address === undefined || device.address.type === 'usb';

export const hasAllUsbAddresses = (def: DomainDef): boolean =>
  [...usbDevices(def), ...hubRefs(def)].every(({ device }) => isComplete(device));

const parsePort = (path: string): readonly number[] => path.split('.').map(Number);

function reserve(root: Hub, bus: number, path: string, asHub: boolean): void {
  const ports = parsePort(path);
  if (ports.length > MAX_DEPTH) throw virError('XML_ERROR', `USB address bus: ${bus} port: ${path} is too deep`);
  let hub = root;
  for (const [depth, port] of ports.slice(0, -1).entries()) {
    const inner = hub.ports[port - 1];
    if (typeof inner !== 'object')
      throw virError(
        'XML_ERROR',
        `there is no hub at port ${ports.slice(0, depth + 1).join('.')} in USB address bus: ${bus} port: ${path}`,
      );
    hub = inner;
  }
  const last = ports.at(-1) ?? 0;
  if (last < 1 || last > hub.ports.length)
    throw virError('XML_ERROR', `requested USB port ${path} not present on USB bus ${bus}`);
  if (hub.ports[last - 1]) throw virError('XML_ERROR', `Duplicate USB address bus ${bus} port ${path}`);
  hub.ports[last - 1] = asHub ? createHub(HUB_PORTS) : 'device';
}

function freePort(hub: Hub, depth = 1): readonly number[] | undefined {
  const index = hub.ports.indexOf(undefined);
  if (index >= 0) return [index + 1];
  if (depth >= MAX_DEPTH) return undefined;
  for (const [at, inner] of hub.ports.entries()) {
    const below = typeof inner === 'object' ? freePort(inner, depth + 1) : undefined;
    if (below) return [at + 1, ...below];
  }
  return undefined;
}

type Buses = ReadonlyMap<number, Hub>;

function place(buses: Buses, device: DeviceInfo, asHub: boolean): UsbAddress {
  const wanted = usbAddress(device)?.bus;
  for (const [bus, root] of buses) {
    if (wanted !== undefined && wanted !== bus) continue;
    const port = freePort(root)?.join('.');
    if (port === undefined) continue;
    reserve(root, bus, port, asHub);
    return { type: 'usb', bus, port };
  }
  if (wanted !== undefined && !buses.has(wanted))
    throw virError('XML_ERROR', `USB bus ${wanted} requested but no controller with that index is present`);
  throw virError('INTERNAL_ERROR', 'No free USB ports');
}

function createBuses(def: DomainDef): Buses {
  const buses = new Map<number, Hub>();
  for (const controller of def.devices.controllers) {
    if (controller.type !== 'usb' || portsOf(controller) === 0) continue;
    buses.set(controller.index ?? 0, createHub(portsOf(controller)));
  }
  return buses;
}

/** As many hubs as the devices need beyond the ports there are. */
function addHubs(def: DomainDef): DomainDef {
  const devices = usbDevices(def).length;
  const disabled = def.devices.controllers.some(({ type, model }) => type === 'usb' && model === 'none');
  if (devices > 0 && disabled)
    throw virError(
      'CONFIG_UNSUPPORTED',
      'USB is disabled for this domain, but USB devices are present in the domain XML',
    );
  const ports =
    def.devices.controllers.reduce(
      (sum, controller) => sum + (controller.type === 'usb' ? portsOf(controller) : 0),
      0,
    ) +
    def.devices.hubs.length * (HUB_PORTS - 1);
  if (devices <= ports) return def;
  const needed = Math.ceil((devices - ports + 1) / (HUB_PORTS - 1));
  const hubs = Array.from({ length: needed }, () => ({ type: 'usb' as const }));
  return withDevices(def, { hubs: [...def.devices.hubs, ...hubs] });
}

/** Adds hubs and gives each USB device a port. Throws XML_ERROR for a port that is taken or not there. */
export function assignUsbAddresses(input: DomainDef): DomainDef {
  const def = addHubs(input);
  const buses = createBuses(def);
  const changes = new Map<string, UsbAddress>();
  const hubs = hubRefs(def);
  const devices = usbDevices(def);
  const reserveGiven = (refs: readonly DeviceRef[], asHub: boolean): void => {
    const given = refs.filter(({ device }) => isComplete(device)).map(({ device }) => usbAddress(device));
    given.sort((a, b) => parsePort(a?.port ?? '').length - parsePort(b?.port ?? '').length);
    for (const address of given) {
      const bus = address?.bus ?? 0;
      const root = buses.get(bus);
      if (!root) throw virError('XML_ERROR', `USB bus ${bus} requested but no controller with that index is present`);
      reserve(root, bus, address?.port ?? '', asHub);
    }
  };
  const assign = (refs: readonly DeviceRef[], asHub: boolean): void => {
    for (const { kind, index, device } of refs) {
      if (!isComplete(device) && isPlaceable(device)) changes.set(refKey(kind, index), place(buses, device, asHub));
    }
  };
  reserveGiven(hubs, true);
  reserveGiven(devices, false);
  assign(hubs, true);
  assign(devices, false);
  return withAddresses(def, changes);
}

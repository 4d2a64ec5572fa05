// Ports on virtio-serial controllers for channels and virtio consoles (libvirt: qemuDomainAssignVirtioSerialAddresses). Port 0 is for consoles.

import { virError } from '../../../common/errors.ts';
import type { DeviceInfo, VirtioSerialAddress } from '../../conf/address.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { PostParseContext } from './context.ts';
import { completeControllers, maybeAddController } from './controllers.ts';
import { withDevices } from './devices.ts';

const DEFAULT_PORTS = 31;

interface Bus {
  readonly index: number;
  readonly ports: number;
  readonly used: Set<number>;
}

const busesOf = (def: DomainDef): Bus[] =>
  def.devices.controllers
    .filter((controller) => controller.type === 'virtio-serial')
    .map((controller) => ({
      index: controller.index ?? 0,
      ports: controller.ports ?? DEFAULT_PORTS,
      used: new Set<number>(),
    }))
    .sort((a, b) => a.index - b.index);

const completePort = (device: DeviceInfo): VirtioSerialAddress | undefined =>
  device.address?.type === 'virtio-serial' && device.address.port ? device.address : undefined;

function reserve(buses: readonly Bus[], address: VirtioSerialAddress): void {
  const controller = address.controller ?? 0;
  const port = address.port ?? 0;
  const bus = buses.find(({ index }) => index === controller);
  if (!bus) throw virError('XML_ERROR', `virtio serial controller ${controller} is missing`);
  if (port >= bus.ports)
    throw virError('XML_ERROR', `virtio serial controller ${controller} does not have port ${port}`);
  if (bus.used.has(port))
    throw virError('XML_ERROR', `virtio serial port ${port} on controller ${controller} is already occupied`);
  bus.used.add(port);
}

function nextFree(buses: Bus[], only: number | undefined, first: number): VirtioSerialAddress {
  for (const bus of buses) {
    if (only !== undefined && bus.index !== only) continue;
    for (let port = first; port < bus.ports; port++) {
      if (bus.used.has(port)) continue;
      bus.used.add(port);
      return { type: 'virtio-serial', controller: bus.index, bus: 0, port };
    }
  }
  if (only !== undefined) throw virError('XML_ERROR', `Unable to find a free port on virtio-serial controller ${only}`);
  let index = 0;
  while (buses.some((bus) => bus.index === index)) index += 1;
  buses.push({ index, ports: DEFAULT_PORTS, used: new Set() });
  return nextFree(buses, index, first);
}

export function assignVirtioSerialAddresses(def: DomainDef, context: PostParseContext): DomainDef {
  const buses = busesOf(def);
  const ports = [...def.devices.consoles, ...def.devices.channels];
  for (const device of ports) {
    const address = completePort(device);
    if (address) reserve(buses, address);
  }
  const assign = <T extends DeviceInfo & { target?: { type?: string | undefined } | undefined }>(
    device: T,
    first: number,
  ): T => {
    const given = completePort(device);
    if (given) return { ...device, address: { ...given, controller: given.controller ?? 0, bus: given.bus ?? 0 } };
    if (device.target?.type !== 'virtio') return device;
    if (device.address && device.address.type !== 'virtio-serial') return device;
    return { ...device, address: nextFree(buses, device.address?.controller, first) };
  };
  // A console that names no port is left to QEMU, which takes the first that is free.
  const consoles = def.devices.consoles.map((console) => (console.address ? assign(console, 0) : console));
  const channels = def.devices.channels.map((channel) => assign(channel, 1));
  let next = withDevices(def, { consoles, channels });
  for (const bus of buses) next = maybeAddController(next, 'virtio-serial', bus.index);
  return completeControllers(next, context);
}

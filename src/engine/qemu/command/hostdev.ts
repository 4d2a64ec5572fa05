// Devices of the host (libvirt: qemuBuildHostdevCommandLine).
import type { DomainDef } from '../../conf/domain.ts';
import type { HostdevDef } from '../../conf/hostdev.ts';
import type { InterfaceDef } from '../../conf/interface.ts';
import { isNarrowScsi } from '../def/aliases.ts';
import { findController } from '../def/controllers.ts';
import { assignNodeIds } from '../def/node-ids.ts';
import { storageProps } from './blockdev-storage.ts';
import {
  addressProps,
  aliasOf,
  bootProps,
  type CommandContext,
  deviceArgs,
  type Props,
  romProps,
  unsupported,
  virtioDriver,
} from './context.ts';
import { secretArgs } from './secrets.ts';

const hex = (value: number | undefined, width: number): string => (value ?? 0).toString(16).padStart(width, '0');

interface HostPci {
  readonly domain?: number | undefined;
  readonly bus?: number | string | undefined;
  readonly slot?: number | undefined;
  readonly function?: number | undefined;
}

export const hostPci = ({ domain, bus, slot, function: fn }: HostPci): string =>
  `${hex(domain, 4)}:${hex(Number(bus ?? 0), 2)}:${hex(slot, 2)}.${(fn ?? 0).toString(16)}`;

/** Cards that are host devices come first, as libvirt lists them (virDomainHostdevInsert while it reads interfaces). */
export const buildHostdevs = (context: CommandContext): readonly string[] => [
  ...context.def.devices.interfaces.flatMap((net) => (net.type === 'hostdev' ? hostdevInterface(context, net) : [])),
  ...context.def.devices.hostdevs.flatMap((hostdev) => hostdevArgs(context, hostdev)),
];

/** <interface type='hostdev'> is a host device that happens to be a card. */
const hostdevInterface = (context: CommandContext, net: InterfaceDef): readonly string[] =>
  deviceArgs(context, {
    driver: 'vfio-pci',
    host: hostPci(net.source?.hostAddress?.type === 'pci' ? net.source.hostAddress : {}),
    id: aliasOf(net),
    failover_pair_id: net.teaming?.persistent,
    ...bootProps(net),
    ...romProps(net),
    ...addressProps(context, net),
  });

function hostdevArgs(context: CommandContext, hostdev: HostdevDef): readonly string[] {
  switch (hostdev.type) {
    case 'pci':
      return hostdev.address?.type === 'unassigned' ? [] : deviceArgs(context, pciProps(context, hostdev));
    case 'usb':
      return deviceArgs(context, usbProps(context, hostdev));
    case 'mdev':
      return deviceArgs(context, mdevProps(context, hostdev));
    case 'scsi':
      return scsiArgs(context, hostdev);
    case 'scsi_host':
      return deviceArgs(context, {
        driver: virtioDriver('vhost-scsi', hostdev.model),
        wwpn: hostdev.source?.wwpn,
        vhostfd: '3',
        id: aliasOf(hostdev),
        ...addressProps(context, hostdev),
      });
    default:
      throw unsupported(`host device of type '${hostdev.type}' is not supported`);
  }
}

const pciProps = (context: CommandContext, hostdev: HostdevDef): Props => ({
  driver: 'vfio-pci',
  host: hostPci(hostdev.source?.address ?? {}),
  id: aliasOf(hostdev),
  display: hostdev.display === undefined ? undefined : hostdev.display ? 'on' : 'off',
  failover_pair_id: hostdev.teaming?.persistent,
  ...bootProps(hostdev),
  ...romProps(hostdev),
  ...addressProps(context, hostdev),
});

function usbProps(context: CommandContext, hostdev: HostdevDef): Props {
  const source = hostdev.source;
  const { bus, device } = source?.address ?? {};
  const path =
    bus === undefined ? undefined : `/dev/bus/usb/${bus.padStart(3, '0')}/${String(device ?? 0).padStart(3, '0')}`;
  if (path === undefined && !source?.vendor)
    throw unsupported('a USB host device needs a bus and a device number, or a vendor and a product');
  return {
    driver: 'usb-host',
    hostdevice: path,
    vendorid: path === undefined ? source?.vendor?.id : undefined,
    productid: path === undefined ? source?.product?.id : undefined,
    ...guestResetProps(source?.guestReset),
    id: aliasOf(hostdev),
    ...bootProps(hostdev),
    ...addressProps(context, hostdev),
  };
}

/** Whether a reset by the guest reaches the device: never, only while it is not set up, or always. */
function guestResetProps(mode: 'off' | 'uninitialized' | 'on' | undefined): Props {
  if (mode === undefined) return {};
  return mode === 'off' ? { 'guest-reset': false } : { 'guest-reset': true, 'guest-resets-all': mode === 'on' };
}

const mdevProps = (context: CommandContext, hostdev: HostdevDef): Props => ({
  driver: hostdev.ramfb ? 'vfio-pci-nohotplug' : 'vfio-pci',
  id: aliasOf(hostdev),
  sysfsdev: `/sys/bus/mdev/devices/${hostdev.source?.address?.uuid}`,
  display: hostdev.display === undefined ? undefined : hostdev.display ? 'on' : 'off',
  ramfb: hostdev.ramfb || undefined,
  ...bootProps(hostdev),
  ...addressProps(context, hostdev),
});

/** Back ends of SCSI host devices are numbered after the disks'. */
function backendNode(def: DomainDef, hostdev: HostdevDef): string {
  const before = def.devices.hostdevs
    .slice(0, def.devices.hostdevs.indexOf(hostdev))
    .filter(({ type }) => type === 'scsi');
  return `libvirt-${assignNodeIds(def).next + before.length}-backend`;
}

function scsiBackend({ options }: CommandContext, hostdev: HostdevDef, node: string): Props {
  const source = hostdev.source;
  if (source?.protocol === 'iscsi') {
    const disk = { ...source, protocol: 'iscsi' as const, seclabels: [], address: undefined };
    return storageProps({ type: 'network', source: disk, device: 'lun', node, authSecret: `${node}-secret0` });
  }
  const { bus, target = 0, unit = 0 } = source?.address ?? {};
  const path = options.scsiGeneric?.(source?.adapter?.name ?? '', Number(bus ?? 0), target, unit);
  if (path === undefined)
    throw unsupported(`there is no SCSI device ${bus}:${target}:${unit} on adapter '${source?.adapter?.name}'`);
  return { driver: 'host_device', filename: path };
}

function scsiArgs(context: CommandContext, hostdev: HostdevDef): readonly string[] {
  const { def } = context;
  const node = backendNode(def, hostdev);
  const auth = hostdev.source?.auth;
  const secret = auth ? secretArgs(context, { id: `${node}-secret0`, kind: 'auth', ...auth.secret }) : [];
  const backend = { ...scsiBackend(context, hostdev, node), 'node-name': node, 'read-only': hostdev.readonly ?? false };
  const address = hostdev.address?.type === 'drive' ? hostdev.address : undefined;
  const { controller = 0, bus = 0, target = 0, unit = 0 } = address ?? {};
  const parent = findController(def, 'scsi', controller);
  const alias = parent ? aliasOf(parent) : `scsi${controller}`;
  const place = isNarrowScsi(parent)
    ? { bus: `${alias}.${bus}`, 'scsi-id': unit }
    : { bus: `${alias}.0`, channel: bus, 'scsi-id': target, lun: unit };
  const share = hostdev.shareable ? { 'share-rw': true } : {};
  const device = {
    driver: 'scsi-generic',
    ...place,
    ...share,
    drive: node,
    id: aliasOf(hostdev),
    ...bootProps(hostdev),
  };
  return [...secret, '-blockdev', JSON.stringify(backend), ...deviceArgs(context, device)];
}

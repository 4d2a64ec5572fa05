// Network interfaces: -netdev (the host's end) and -device (libvirt: qemuBuildHostNetProps, qemuBuildNicDevProps).
import type { InterfaceDef } from '../../conf/interface.ts';
import { bootIndexes } from './boot-order.ts';
import {
  addressProps,
  aliasOf,
  type CommandContext,
  deviceArgs,
  escapeCommas,
  type Props,
  romProps,
  unsupported,
  virtioDriver,
  virtioProps,
} from './context.ts';

export function buildInterfaces(context: CommandContext): readonly string[] {
  const boot = bootIndexes(context.def);
  return context.def.devices.interfaces.flatMap((net, index) =>
    net.type === 'hostdev'
      ? []
      : [
          ...buildNetdev(context, net, index),
          ...deviceArgs(context, nicProps(context, net, boot.get(net), vectorsOf(context, net, index))),
        ],
  );
}

interface Netdev {
  readonly before: readonly string[];
  readonly props: Props;
}

const isVirtio = (net: InterfaceDef): boolean => net.model?.type?.startsWith('virtio') ?? false;

function buildNetdev(context: CommandContext, net: InterfaceDef, index: number): readonly string[] {
  const { before, props } = netdev(context, net, index);
  return [...before, '-netdev', JSON.stringify({ ...props, id: `host${aliasOf(net)}` })];
}

const only = (props: Props): Netdev => ({ before: [], props });

function netdev(context: CommandContext, net: InterfaceDef, index: number): Netdev {
  const source = net.source;
  switch (net.type) {
    case 'user':
      return only(net.backend?.type === 'passt' ? passtProps(context, net) : slirpProps(net));
    case 'null':
      return only({ type: 'hubport', hubid: 0 });
    case 'bridge':
    case 'network':
    case 'ethernet':
    case 'direct':
      return only(tapProps(context, net, index));
    case 'client':
      return only({ type: 'socket', connect: `${source?.address ?? ''}:${source?.port ?? ''}` });
    case 'server':
      return only({ type: 'socket', listen: `${source?.address ?? ''}:${source?.port ?? ''}` });
    case 'mcast':
      return only({ type: 'socket', mcast: `${source?.address ?? ''}:${source?.port ?? ''}` });
    case 'udp':
      return only({
        type: 'socket',
        udp: `${source?.address ?? ''}:${source?.port ?? ''}`,
        localaddr: `${source?.local?.address ?? ''}:${source?.local?.port ?? ''}`,
      });
    case 'vhostuser':
      return vhostUser(context, net);
    case 'vdpa':
      return vdpa(context, net);
    default:
      throw unsupported(`interface type '${net.type}' is not supported`);
  }
}

function slirpProps(net: InterfaceDef): Props {
  const v4 = net.ips.find((ip) => ip.family !== 'ipv6');
  const v6 = net.ips.find((ip) => ip.family === 'ipv6');
  return {
    type: 'user',
    net: v4 ? `${v4.address}${v4.prefix ? `/${v4.prefix}` : ''}` : undefined,
    'ipv6-prefix': v6?.address,
    'ipv6-prefixlen': v6?.prefix,
  };
}

function passtProps({ options, has }: CommandContext, net: InterfaceDef): Props {
  const path = options.passtSocket?.(aliasOf(net));
  if (path === undefined || !has('NETDEV_STREAM')) throw unsupported('this QEMU or host can not use passt');
  const again = has('NETDEV_STREAM_RECONNECT_MILISECONDS')
    ? { 'reconnect-ms': 5000 }
    : has('NETDEV_STREAM_RECONNECT')
      ? { reconnect: 5 }
      : {};
  return { type: 'stream', addr: { type: 'unix', path }, server: false, ...again };
}

/** A tap that the supervisor opened, or the bridge helper's way for a user without rights. */
function tapProps({ options }: CommandContext, net: InterfaceDef, index: number): Props {
  const files = options.tapFiles?.(index);
  if (files) {
    const [fd, ...more] = files.fds;
    const [vhost, ...vhosts] = files.vhostFds;
    return {
      type: 'tap',
      ...(more.length > 0 ? { fds: files.fds.join(':') } : { fd }),
      ...(vhost !== undefined && {
        vhost: true,
        ...(vhosts.length > 0 ? { vhostfds: files.vhostFds.join(':') } : { vhostfd: vhost }),
      }),
      sndbuf: net.tune?.sndbuf?.value,
    };
  }
  if (net.type === 'bridge' && net.source?.bridge)
    return { type: 'bridge', br: net.source.bridge, helper: options.bridgeHelper };
  throw unsupported(`an interface of type '${net.type}' needs rights that only a privileged helper has`);
}

function vhostUser(context: CommandContext, net: InterfaceDef): Netdev {
  const chardev = `char${aliasOf(net)}`;
  const isPasst = net.backend?.type === 'passt';
  const path = isPasst ? context.options.passtSocket?.(aliasOf(net)) : net.source?.path;
  const parts = ['socket', `id=${chardev}`, `path=${escapeCommas(path ?? '')}`];
  const seconds = isPasst ? 5 : net.source?.reconnect?.enabled ? net.source.reconnect.timeout : undefined;
  if (net.source?.mode === 'server') parts.push('server=on');
  else if (seconds)
    parts.push(
      context.has('CHARDEV_RECONNECT_MILISECONDS') ? `reconnect-ms=${seconds * 1000}` : `reconnect=${seconds}`,
    );
  const queues = net.driver?.queues;
  return {
    before: ['-chardev', parts.join(',')],
    props: { type: 'vhost-user', chardev, queues: queues && queues > 1 ? queues : undefined },
  };
}

function vdpa({ options, fdsets }: CommandContext, net: InterfaceDef): Netdev {
  const queues = net.driver?.queues && net.driver.queues > 1 ? net.driver.queues : undefined;
  const props = { type: 'vhost-vdpa', vhostdev: net.source?.dev, queues };
  if (options.vdpaFd === undefined) return only(props);
  const set = fdsets.next++;
  const before = ['-add-fd', `set=${set},fd=${options.vdpaFd},opaque=${aliasOf(net)}-vdpa`];
  return { before, props: { ...props, vhostdev: `/dev/fdset/${set}` } };
}

/** Interrupts of a card with several queues: one each way and a queue, and two more. */
function vectorsOf({ options }: CommandContext, net: InterfaceDef, index: number): number | undefined {
  if (!isVirtio(net)) return undefined;
  const queues =
    net.type === 'vhostuser' || net.type === 'vdpa'
      ? (net.driver?.queues ?? 1)
      : (options.tapFiles?.(index)?.fds.length ?? 1);
  return queues > 1 ? queues * 2 + 2 : undefined;
}

function nicProps(
  context: CommandContext,
  net: InterfaceDef,
  boot: number | undefined,
  vectors: number | undefined,
): Props {
  const driver = net.driver;
  const virtio = isVirtio(net)
    ? {
        tx: driver?.txmode === undefined ? undefined : driver.txmode === 'timer' ? 'timer' : 'bh',
        ioeventfd: driver?.ioeventfd,
        event_idx: driver?.eventIdx,
        ...offloadProps(net),
        mq: vectors === undefined ? undefined : true,
        vectors,
        rx_queue_size: driver?.rxQueueSize,
        tx_queue_size: driver?.txQueueSize,
        host_mtu: net.mtu?.size,
        rss: driver?.rss,
        hash: driver?.rssHashReport,
        failover: net.teaming?.type === 'persistent' ? true : undefined,
        ...virtioProps(driver),
      }
    : {};
  return {
    driver: nicDriver(net),
    ...virtio,
    netdev: `host${aliasOf(net)}`,
    id: aliasOf(net),
    mac: net.mac?.address,
    bootindex: boot,
    ...romProps(net),
    ...addressProps(context, net),
  };
}

function nicDriver(net: InterfaceDef): string {
  const model = net.model?.type ?? 'rtl8139';
  if (isVirtio(net)) return virtioDriver('virtio-net', model);
  return model === 'ne2k_pci' ? 'ne2k_pci' : model;
}

function offloadProps(net: InterfaceDef): Props {
  const { host, guest } = net.driver ?? {};
  return {
    csum: host?.csum,
    gso: host?.gso,
    host_tso4: host?.tso4,
    host_tso6: host?.tso6,
    host_ecn: host?.ecn,
    host_ufo: host?.ufo,
    mrg_rxbuf: host?.mrgRxbuf,
    guest_csum: guest?.csum,
    guest_tso4: guest?.tso4,
    guest_tso6: guest?.tso6,
    guest_ecn: guest?.ecn,
    guest_ufo: guest?.ufo,
  };
}

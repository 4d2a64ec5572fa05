// The command line of passt, which carries a guest's network without any right: libvirt's qemuPasstStart. It stays our child, so it runs in the foreground. Pure.
// The guest's MAC address is none of passt's options: --mac-addr is what its gateway answers from, and two of the same would be one too many (libvirt 9.0 did, and let it be).
import type { InterfaceDef } from '../../conf/interface.ts';
import { type CompanionRun, companionPidFile, companionSocket } from './companion.ts';

type PortForward = InterfaceDef['portForwards'][number];
type PortRange = PortForward['ranges'][number];

function formatRange({ start = 0, end, to, exclude }: PortRange): string {
  const until = (port: number): string => (end === undefined ? '' : `-${port}`);
  const target = to === undefined ? '' : `:${to}${until(to + (end ?? start) - start)}`;
  return `${exclude ? '~' : ''}${start}${until(end ?? start)}${target}`;
}

/** '[ADDRESS][%DEVICE]/PORTS', as passt(1) has it. */
function formatForward({ address = '', dev, ranges }: PortForward): string {
  const where = `${address}${dev === undefined ? '' : `%${dev}`}`;
  return `${where}${where === '' ? '' : '/'}${ranges.length === 0 ? 'all' : ranges.map(formatRange).join(',')}`;
}

const option = (name: string, value: string | number | undefined): readonly string[] =>
  value === undefined ? [] : [name, String(value)];

export interface PasstOptions {
  /** 'UID:GID': for root only, from whom passt would go to nobody, who may not make a socket in the run's folder. */
  readonly runAs?: string | undefined;
}

/** What serves `net` until QEMU lets go of it, but for the program's own path. */
export function passtArgs(net: InterfaceDef, run: CompanionRun, { runAs }: PasstOptions): readonly string[] {
  const need = { kind: 'passt', alias: net.alias?.name ?? '' } as const;
  return [
    '--foreground',
    '--one-off',
    ...(net.type === 'vhostuser' ? ['--vhost-user'] : []),
    '--socket',
    companionSocket(run.runtimeDir, need),
    '--pid',
    companionPidFile(run, need),
    ...option('--runas', runAs),
    ...option('--mtu', net.mtu?.size),
    ...option('--interface', net.source?.dev),
    ...option('--log-file', net.backend?.logFile),
    ...option('--hostname', net.backend?.hostname),
    ...option('--fqdn', net.backend?.fqdn),
    ...net.ips.flatMap(({ address, family, prefix }) => [
      ...option('--address', address),
      ...(family === 'ipv6' ? [] : option('--netmask', prefix)),
    ]),
    ...net.portForwards.flatMap((forward) => [
      forward.proto === 'udp' ? '--udp-ports' : '--tcp-ports',
      formatForward(forward),
    ]),
  ];
}

// Where the devices of a domain meet the host (libvirt: virsh-domain-monitor.c reads the same out of the XML).
import type { DomainEndpoints } from '../../../common/model/endpoints.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { DomainObj } from '../registry/domain-obj.ts';
import { deviceNames } from '../stats/interface-stats.ts';

type Devices = DomainDef['devices'];
const VNC_BASE_PORT = 5900;

const describeBlock = (disk: Devices['disks'][number]): DomainEndpoints['blocks'][number] => {
  const source = disk.source;
  return {
    type: disk.type ?? 'file',
    device: disk.device ?? 'disk',
    target: disk.target?.dev ?? '-',
    source: source?.file ?? source?.dev ?? source?.dir ?? source?.name ?? source?.volume,
  };
};

const describeInterface = (
  { type, source, model, mac, target }: Devices['interfaces'][number],
  hostName: string | undefined,
): DomainEndpoints['interfaces'][number] => ({
  name: hostName ?? target?.dev,
  type,
  source: source?.bridge ?? source?.dev ?? source?.network ?? source?.name,
  model: model?.type,
  mac: mac?.address,
});

/** The address of a screen for a viewer; undefined where it is not served. VNC counts displays, not ports. */
function displayUri(shown: Devices['graphics'][number]): string | undefined {
  const listen = shown.listens[0];
  const socket = shown.socket ?? listen?.socket;
  if (socket !== undefined) return `${shown.type}+unix://${socket}`;
  if (shown.port === undefined || shown.port < 0) return undefined;
  const address = listen?.address ?? shown.listenAddress ?? 'localhost';
  const host = ['0.0.0.0', '::'].includes(address) ? 'localhost' : address.includes(':') ? `[${address}]` : address;
  return `${shown.type}://${host}:${shown.type === 'vnc' ? shown.port - VNC_BASE_PORT : shown.port}`;
}

/** Of the running domain; of its stored definition where it does not run, or `inactive` is asked for. */
export function domainEndpoints(obj: DomainObj, inactive: boolean): DomainEndpoints {
  const live = inactive ? undefined : obj.live;
  const { devices } = live?.def ?? obj.def;
  // A tap that the kernel named is in no definition; domifstat wants its name.
  const hostNames = live ? deviceNames(live) : [];
  return {
    blocks: devices.disks.map(describeBlock),
    interfaces: devices.interfaces.map((device, index) => describeInterface(device, hostNames[index])),
    displays: (live ? devices.graphics : []).flatMap((shown) => {
      const uri = displayUri(shown);
      return uri === undefined ? [] : [{ type: shown.type, uri }];
    }),
    consoles: (live ? devices.serials : []).flatMap(({ tty, sources }) => tty ?? sources[0]?.path ?? []),
  };
}

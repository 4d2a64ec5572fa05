// -chardev: the host's end of a character device (libvirt: qemuBuildChardevStr), and what it needs before it.
import type { ChardevBackend } from '../../conf/chardev.ts';
import { type CommandContext, escapeCommas, objectArgs, unsupported } from './context.ts';

interface Chardev {
  readonly before: readonly string[];
  readonly value: readonly string[];
}

const plain = (...value: readonly string[]): Chardev => ({ before: [], value });

/** A file through a descriptor that the supervisor opened, or by its path. */
function fileOf(
  context: CommandContext,
  path: string,
  opaque: string,
  fd: number | undefined,
): { readonly before: readonly string[]; readonly path: string } {
  if (fd === undefined) return { before: [], path: escapeCommas(path) };
  const set = context.fdsets.next++;
  return { before: ['-add-fd', `set=${set},fd=${fd},opaque=${escapeCommas(opaque)}`], path: `/dev/fdset/${set}` };
}

const reconnectPart = ({ has }: CommandContext, source: ChardevBackend['sources'][number]): readonly string[] => {
  if (source.reconnect?.enabled !== true || !source.reconnect.timeout) return [];
  const { timeout } = source.reconnect;
  return [has('CHARDEV_RECONNECT_MILISECONDS') ? `reconnect-ms=${timeout * 1000}` : `reconnect=${timeout}`];
};

function tcpChardev(context: CommandContext, id: string, device: ChardevBackend): Chardev {
  const source = device.sources[0] ?? { seclabels: [] };
  const isServer = source.mode === 'bind';
  const value = ['socket', `id=${id}`, `host=${escapeCommas(source.host ?? '')}`, `port=${source.service ?? ''}`];
  if (device.protocol?.type === 'telnet') value.push('telnet=on');
  if (isServer) value.push('server=on', 'wait=off');
  else value.push(...reconnectPart(context, source));
  if (!source.tls) return plain(...value);
  const credentials = `obj${id}_tls0`;
  const before = objectArgs({
    'qom-type': 'tls-creds-x509',
    id: credentials,
    dir: context.options.chardevTlsDir ?? '/etc/pki/libvirt-chardev',
    endpoint: isServer ? 'server' : 'client',
    'verify-peer': true,
  });
  return { before, value: [...value, `tls-creds=${credentials}`] };
}

function unixChardev(context: CommandContext, id: string, device: ChardevBackend): Chardev {
  const source = device.sources[0];
  const path = escapeCommas(source?.path ?? '');
  if (source?.mode !== 'connect' && source?.mode !== 'client') {
    const fd = context.options.unixServerFd;
    return plain('socket', `id=${id}`, fd === undefined ? `path=${path}` : `fd=${fd}`, 'server=on', 'wait=off');
  }
  return plain('socket', `id=${id}`, `path=${path}`, ...reconnectPart(context, source));
}

function udpChardev(id: string, device: ChardevBackend): Chardev {
  const bind = device.sources.find((source) => source.mode === 'bind');
  const connect = device.sources.find((source) => source.mode !== 'bind');
  const host = connect?.host === undefined ? [] : [`host=${escapeCommas(connect.host)}`];
  return plain(
    'udp',
    `id=${id}`,
    ...host,
    `port=${connect?.service ?? ''}`,
    `localaddr=${escapeCommas(bind?.host ?? '')}`,
    `localport=${bind?.service ?? '0'}`,
  );
}

function chardevOf(
  context: CommandContext,
  id: string,
  alias: string,
  device: ChardevBackend,
  isParallel: boolean,
): Chardev {
  const source = device.sources[0];
  const path = `path=${escapeCommas(source?.path ?? '')}`;
  switch (device.type) {
    case 'null':
    case 'vc':
    case 'pty':
    case 'stdio':
      return plain(device.type, `id=${id}`);
    case 'dev':
      return plain(isParallel ? 'parallel' : 'serial', `id=${id}`, path);
    case 'pipe':
      return plain('pipe', `id=${id}`, path);
    case 'file': {
      const file = fileOf(context, source?.path ?? '', `${alias}-source`, context.options.fileFds?.source);
      const append =
        context.options.fileFds || source?.append !== undefined
          ? [`append=${source?.append === false && !context.options.fileFds ? 'off' : 'on'}`]
          : [];
      return { before: file.before, value: ['file', `id=${id}`, `path=${file.path}`, ...append] };
    }
    case 'udp':
      return udpChardev(id, device);
    case 'tcp':
      return tcpChardev(context, id, device);
    case 'unix':
      return unixChardev(context, id, device);
    case 'spicevmc':
      return plain('spicevmc', `id=${id}`, 'name=vdagent');
    case 'spiceport':
      return plain('spiceport', `id=${id}`, `name=${escapeCommas(source?.channel ?? '')}`);
    case 'dbus':
      return plain('dbus', `id=${id}`, `name=${escapeCommas(source?.channel ?? '')}`);
    case 'qemu-vdagent': {
      const clipboard = source?.clipboard?.copypaste ? 'on' : 'off';
      const mouse = source?.mouse?.mode === 'client' ? 'on' : 'off';
      return plain('qemu-vdagent', `id=${id}`, 'name=vdagent', `clipboard=${clipboard}`, `mouse=${mouse}`);
    }
    default:
      throw unsupported(`unsupported chardev '${device.type}'`);
  }
}

export interface ChardevOptions {
  readonly isParallel?: boolean;
  /** Name of a spicevmc channel other than the agent's. */
  readonly spiceName?: string;
}

/** '-chardev …' with id 'char' + alias. */
export function chardevArgs(
  context: CommandContext,
  alias: string,
  device: ChardevBackend,
  options: ChardevOptions = {},
): readonly string[] {
  const id = `char${alias}`;
  const { before, value } = chardevOf(context, id, alias, device, options.isParallel ?? false);
  const parts =
    options.spiceName === undefined
      ? value
      : value.map((part) => (part === 'name=vdagent' ? `name=${options.spiceName}` : part));
  const log = logOf(context, alias, device);
  return [...before, ...log.before, '-chardev', [...parts, ...log.value].join(',')];
}

function logOf(context: CommandContext, alias: string, device: ChardevBackend): Chardev {
  if (!device.log?.file) return { before: [], value: [] };
  const file = fileOf(context, device.log.file, `${alias}-log`, context.options.fileFds?.log);
  const append = context.options.fileFds ? 'on' : device.log.append === false ? 'off' : 'on';
  return { before: file.before, value: [`logfile=${file.path}`, `logappend=${append}`] };
}

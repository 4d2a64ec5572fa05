// The value of a -chardev option as chardev-add takes it over QMP (qapi/char.json). The option text comes from command/chardev.ts alone, so that a
// device that is plugged in has the same back end as one that is there from the start.
import { virError } from '../../../common/errors.ts';
import type { Json, Props } from '../command/context.ts';

/** 'socket,id=x,path=a,,b' → ['socket', {id: 'x', path: 'a,b'}]. */
function parseOptions(text: string): readonly [string, ReadonlyMap<string, string>] {
  const [type = '', ...rest] = text
    .replaceAll(',,', '\0')
    .split(',')
    .map((part) => part.replaceAll('\0', ','));
  return [type, new Map(rest.map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]))];
}

const isOn = (value: string | undefined): boolean | undefined => (value === undefined ? undefined : value === 'on');
const number = (value: string | undefined): number | undefined => (value === undefined ? undefined : Number(value));
const inet = (host: string | undefined, port: string | undefined): Props => ({
  type: 'inet',
  data: { host: host ?? '', port: port ?? '' },
});

function socketData(options: ReadonlyMap<string, string>): Props {
  const path = options.get('path');
  const isServer = options.get('server') === 'on';
  return {
    addr: path === undefined ? inet(options.get('host'), options.get('port')) : { type: 'unix', data: { path } },
    // Over QMP a socket is a server that waits unless it is told otherwise; on the command line it is a client.
    server: isServer,
    wait: isServer ? options.get('wait') === 'on' : undefined,
    telnet: isOn(options.get('telnet')),
    reconnect: number(options.get('reconnect')),
    'reconnect-ms': number(options.get('reconnect-ms')),
    'tls-creds': options.get('tls-creds'),
  };
}

function dataOf(type: string, options: ReadonlyMap<string, string>): Props {
  switch (type) {
    case 'socket':
      return socketData(options);
    case 'file':
      return { out: options.get('path'), append: isOn(options.get('append')) };
    case 'pipe':
    case 'serial':
    case 'parallel':
      return { device: options.get('path') };
    case 'udp':
      return {
        remote: inet(options.get('host'), options.get('port')),
        local: inet(options.get('localaddr'), options.get('localport')),
      };
    case 'spicevmc':
      return { type: options.get('name') };
    case 'spiceport':
      return { fqdn: options.get('name') };
    case 'dbus':
      return { name: options.get('name') };
    case 'qemu-vdagent':
      return { clipboard: isOn(options.get('clipboard')), mouse: isOn(options.get('mouse')) };
    case 'null':
    case 'pty':
      return {};
    default:
      throw virError('CONFIG_UNSUPPORTED', `a character device of type '${type}' can't be plugged in`);
  }
}

/** The arguments of chardev-add. Throws CONFIG_UNSUPPORTED. */
export function chardevAddArgs(text: string): { readonly id: string; readonly backend: Json } {
  const [type, options] = parseOptions(text);
  const log = { logfile: options.get('logfile'), logappend: isOn(options.get('logappend')) };
  return {
    id: options.get('id') ?? '',
    backend: { type: type === 'spicevmc' ? 'spicevmc' : type, data: { ...dataOf(type, options), ...log } },
  };
}

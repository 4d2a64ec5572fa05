// start, first half: the live copy of a definition: aliases, USB ports, and the paths that a start makes up (libvirt: qemuProcessPrepareDomain).
// `mode: 'live'` is Vivarium's own way: text consoles and an unaddressed VNC server become unix sockets in the domain's runtime folder, because a
// console is a byte stream there. `mode: 'libvirt'` keeps to libvirt's, which `domxml-to-native` prints.
import type { ChannelDef, ChardevBackend, ConsoleDef, SerialDef } from '../../conf/chardev.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { GraphicsDef } from '../../conf/graphics.ts';
import { withRunOrder } from '../../conf/vcpu-list.ts';
import { assignAliases } from './aliases.ts';
import { withDevices } from './devices.ts';
import { pinNodeIds } from './node-ids.ts';
import { assignUsbAddresses } from './usb-address.ts';

export interface PreparePaths {
  /** Folder of this domain's sockets; short, as a unix socket's path has 107 bytes at most. */
  readonly runtimeDir: string;
  /** Folder for files that outlive a start; libvirt's domain-ID-NAME. */
  readonly libDir?: string | undefined;
  readonly logDir?: string | undefined;
  readonly nvramDir?: string | undefined;
}

export interface PrepareOptions {
  readonly paths: PreparePaths;
  readonly id: number;
  readonly mode: 'live' | 'libvirt';
}

/** 'ID-NAME', the name cut to 20 signs: what libvirt calls a domain in paths (virDomainDefGetShortName). */
export const shortName = (def: DomainDef, id: number): string => `${id}-${[...def.name].slice(0, 20).join('')}`;

export function prepareDomain(def: DomainDef, options: PrepareOptions): DomainDef {
  const live = assignAliases(assignUsbAddresses({ ...def, id: options.id }));
  return options.mode === 'live'
    ? withRunOrder(pinNodeIds(withOwnConsoles(live, options.paths.runtimeDir)))
    : withLibvirtPaths(live, options);
}

const unixServer = (path: string): Pick<ChardevBackend, 'type' | 'tty' | 'sources' | 'protocol'> => ({
  type: 'unix',
  tty: undefined,
  sources: [{ mode: 'bind', path, seclabels: [] }],
  protocol: undefined,
});

const isPathless = (device: ChardevBackend): boolean => device.type === 'unix' && device.sources[0]?.path === undefined;
/** A channel's name as a file's: it comes from the definition, and must not lead out of the run's folder. */
export const channelFile = (name: string | undefined, otherwise: string): string =>
  name !== undefined && /^[\w-][\w.-]{0,63}$/.test(name) ? name : otherwise;
/** What would open a terminal of the host. */
const isTerminal = (device: ChardevBackend): boolean => device.type === 'pty' || isPathless(device);

function withOwnConsoles(def: DomainDef, runtimeDir: string): DomainDef {
  const { devices } = def;
  const serials = devices.serials.map(
    (serial, index): SerialDef =>
      isTerminal(serial) ? { ...serial, ...unixServer(`${runtimeDir}/serial${index}.sock`) } : serial,
  );
  const consoles = devices.consoles.map((console, index): ConsoleDef => {
    const twin = index === 0 && console.target?.type === 'serial' ? serials[0] : undefined;
    if (twin) return { ...console, type: twin.type, tty: undefined, sources: twin.sources };
    return isTerminal(console) ? { ...console, ...unixServer(`${runtimeDir}/console${index}.sock`) } : console;
  });
  const channels = devices.channels.map(
    (channel, index): ChannelDef =>
      isTerminal(channel)
        ? { ...channel, ...unixServer(`${runtimeDir}/${channelFile(channel.target?.name, `channel${index}`)}.sock`) }
        : channel,
  );
  const graphics = devices.graphics.map((shown): GraphicsDef => withOwnSocket(shown, runtimeDir));
  return withDevices(def, { serials, consoles, channels, graphics });
}

/**
 * The definition of a run without what its start made up: for a saved file, whose guest comes back in another run. The reverse of `mode: 'live'`; a
 * console that was a unix socket without a path comes back as a pty, which is the same at its start.
 */
export function withoutOwnConsoles(def: DomainDef, runtimeDir: string): DomainDef {
  const isOwn = (path: string | undefined): boolean => path?.startsWith(`${runtimeDir}/`) ?? false;
  const restore = <T extends ChardevBackend>(device: T, type: 'pty' | 'unix'): T =>
    isOwn(device.sources[0]?.path) ? { ...device, type, tty: undefined, sources: [], protocol: undefined } : device;
  const { serials, consoles, channels, graphics } = def.devices;
  return withDevices(def, {
    serials: serials.map((serial) => restore(serial, 'pty')),
    consoles: consoles.map((console) => restore(console, 'pty')),
    channels: channels.map((channel) => restore(channel, 'unix')),
    graphics: graphics.map((shown): GraphicsDef => {
      const listen = shown.listens[0];
      return listen?.type === 'socket' && isOwn(listen.socket) ? { ...shown, listens: [] } : shown;
    }),
  });
}

/** A server that nobody gave an address is for this user alone. */
function withOwnSocket(graphics: GraphicsDef, runtimeDir: string): GraphicsDef {
  if (graphics.type !== 'vnc' && graphics.type !== 'spice') return graphics;
  const listen = graphics.listens[0];
  const isOpen =
    listen?.type === 'network' ||
    (listen?.type === 'address' && listen.address !== undefined) ||
    listen?.socket !== undefined;
  if (isOpen || (listen?.type === 'none' && graphics.type === 'spice')) return graphics;
  const socket = `${runtimeDir}/${graphics.type}.sock`;
  return {
    ...graphics,
    port: undefined,
    tlsPort: undefined,
    autoport: undefined,
    socket: undefined,
    listens: [{ type: 'socket', socket }],
  };
}

function withLibvirtPaths(def: DomainDef, { paths, id }: PrepareOptions): DomainDef {
  const libDir = paths.libDir ?? paths.runtimeDir;
  const channels = def.devices.channels.map(
    (channel): ChannelDef =>
      isPathless(channel)
        ? {
            ...channel,
            ...unixServer(`${paths.runtimeDir}/channel/${shortName(def, id)}/${channel.target?.name ?? ''}`),
          }
        : channel,
  );
  const graphics = def.devices.graphics.map((shown) => {
    const listen = shown.listens[0];
    return listen?.type === 'socket' && listen.socket === undefined
      ? { ...shown, listens: [{ ...listen, socket: `${libDir}/${shown.type}.sock` }] }
      : shown;
  });
  return withDevices(def, { channels, graphics });
}

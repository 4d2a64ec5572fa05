// Defaults of the devices that have no file of their own (libvirt: qemuDomainDeviceDefPostParse and its callees).
import type { DomainDef } from '../../conf/domain.ts';
import type { FilesystemDef } from '../../conf/filesystem.ts';
import type { GraphicsDef, GraphicsListen } from '../../conf/graphics.ts';
import type { HostdevDef } from '../../conf/hostdev.ts';
import { INTERFACE_MODELS, type InterfaceDef } from '../../conf/interface.ts';
import type { InputDef, TpmDef } from '../../conf/small-devices.ts';
import { hasFlag } from './capabilities.ts';
import type { PostParseContext } from './context.ts';
import { withDevices } from './devices.ts';

export function completeDevices(def: DomainDef, context: PostParseContext): DomainDef {
  const { devices } = def;
  return withDevices(def, {
    interfaces: devices.interfaces.map((net) => completeInterface(net, context)),
    inputs: devices.inputs.map(completeInput),
    graphics: devices.graphics.map(completeGraphics),
    hostdevs: devices.hostdevs.map(completeHostdev),
    tpms: devices.tpms.map(completeTpm),
    filesystems: devices.filesystems.map(completeFilesystem),
    watchdogs: devices.watchdogs.map((watchdog) => ({ ...watchdog, action: watchdog.action ?? 'reset' })),
    panics: devices.panics.map((panic) => ({ ...panic, model: panic.model ?? 'isa' })),
    rngs: devices.rngs.map((rng) =>
      rng.backend.model === 'random' && !rng.backend.path
        ? { ...rng, backend: { ...rng.backend, path: '/dev/urandom' } }
        : rng,
    ),
    vsocks: devices.vsocks.map((vsock) => ({ ...vsock, model: vsock.model ?? 'virtio' })),
    audios: devices.audios.map((audio, index) => ({ ...audio, id: audio.id ?? index + 1 })),
    sounds: devices.sounds.map((sound) =>
      sound.model === 'virtio' ? { ...sound, streams: sound.streams ?? 2 } : sound,
    ),
    redirfilters: devices.redirfilters.map((filter) => ({ ...filter, rules: filter.rules.map(completeRule) })),
  });
}

/** Who serves a socket decides about access. */
const defaultAccess = (fs: FilesystemDef): FilesystemDef['accessmode'] =>
  fs.source?.socket === undefined ? 'passthrough' : undefined;

const octal = (mode: string | undefined): string | undefined => mode?.replace(/^0*/, '').padStart(4, '0');

const completeFilesystem = (fs: FilesystemDef): FilesystemDef => ({
  ...fs,
  type: fs.type ?? 'mount',
  accessmode: fs.accessmode ?? defaultAccess(fs),
  fmode: octal(fs.fmode),
  dmode: octal(fs.dmode),
});

function completeInterface(net: InterfaceDef, context: PostParseContext): InterfaceDef {
  const mac = { ...net.mac, address: net.mac?.address ?? context.randomMac() };
  const model = knownModel(net.model?.type) ?? (net.type === 'hostdev' ? undefined : defaultNetModel(net, context));
  return { ...net, mac, ...(model !== undefined && { model: { ...net.model, type: model } }), ...dropGenerated(net) };
}

/** Names of models that are ours count in any case; others are QEMU's business. */
function knownModel(model: string | undefined): string | undefined {
  const lower = model?.toLowerCase();
  return INTERFACE_MODELS.find((known) => known === lower) ?? model;
}

/** A back end in another process only speaks virtio. */
const defaultNetModel = (net: InterfaceDef, { caps }: PostParseContext): string =>
  net.type !== 'vhostuser' && net.type !== 'vdpa' && hasFlag(caps, 'DEVICE_E1000') ? 'rtl8139' : 'virtio';

/** Prefixes of the names that libvirt and macvtap make up. */
const isGenerated = ({ type }: InterfaceDef, dev: string): boolean =>
  (type === 'direct' ? /^(?:macvtap|macvlan)/ : /^vnet/).test(dev);

/** Names that libvirt makes up for a tap at each start belong to no definition. */
function dropGenerated(net: InterfaceDef): Pick<InterfaceDef, 'target'> {
  const dev = net.target?.dev;
  return {
    target:
      dev !== undefined && isGenerated(net, dev) && net.target?.managed !== false
        ? { ...net.target, dev: undefined }
        : net.target,
  };
}

function completeInput(input: InputDef): InputDef {
  if (input.bus) return input.bus === 'none' && input.type === 'evdev' ? { ...input, bus: undefined } : input;
  switch (input.type) {
    case 'tablet':
      return { ...input, bus: 'usb' };
    case 'passthrough':
      return { ...input, bus: 'virtio' };
    case 'evdev':
      return input;
    default:
      return { ...input, bus: 'ps2' };
  }
}

/** A SPICE server without any port listens nowhere; its client gets a descriptor. */
const isPortless = (graphics: GraphicsDef): boolean =>
  graphics.type === 'spice' && !graphics.port && !graphics.tlsPort && !graphics.autoport;

/** Sockets that an earlier start made up. */
const GENERATED_SOCKET = /^\/var\/lib\/libvirt\/qemu\/domain-/;

function completeListens(given: GraphicsDef): readonly GraphicsListen[] {
  const graphics = {
    ...given,
    socket: given.socket !== undefined && GENERATED_SOCKET.test(given.socket) ? undefined : given.socket,
    listens: given.listens.filter((listen) => listen.socket === undefined || !GENERATED_SOCKET.test(listen.socket)),
  };
  if (graphics.type !== 'vnc' && graphics.type !== 'spice' && graphics.type !== 'rdp') return graphics.listens;
  if (graphics.listens.length > 0) {
    return graphics.listens.map((listen, index) =>
      index === 0 && listen.type === 'address' && !listen.address && graphics.listenAddress
        ? { ...listen, address: graphics.listenAddress }
        : listen,
    );
  }
  if (graphics.socket !== undefined) return [{ type: 'socket', socket: graphics.socket }];
  if (isPortless(graphics) && !graphics.listenAddress) return [{ type: 'none' }];
  return [{ type: 'address', address: graphics.listenAddress || undefined }];
}

function completeGraphics(graphics: GraphicsDef): GraphicsDef {
  const listens = completeListens(graphics);
  const first = listens[0];
  const done = {
    ...graphics,
    listens,
    listenAddress: first?.type === 'address' ? first.address : undefined,
    socket: graphics.type === 'vnc' && first?.type === 'socket' ? first.socket : undefined,
  };
  switch (graphics.type) {
    case 'vnc':
      return first?.type === 'address' || first?.type === 'network'
        ? completeVncPort(done)
        : { ...done, port: undefined, autoport: undefined };
    case 'spice':
      return first?.type === 'address' || first?.type === 'network'
        ? completeSpicePorts(done)
        : { ...done, port: undefined, tlsPort: undefined, autoport: undefined };
    case 'rdp':
      return { ...done, port: graphics.port ?? undefined, autoport: graphics.autoport ?? !graphics.port };
    default:
      return done;
  }
}

function completeVncPort(graphics: GraphicsDef): GraphicsDef {
  const isAuto = graphics.autoport === true || graphics.port === undefined || graphics.port <= 0;
  return { ...graphics, port: isAuto ? -1 : graphics.port, autoport: isAuto };
}

function completeSpicePorts(graphics: GraphicsDef): GraphicsDef {
  const legacyAuto = graphics.port === -1 || graphics.tlsPort === -1;
  const isAuto = graphics.autoport === true || legacyAuto;
  const port = isAuto ? undefined : graphics.port || undefined;
  const tlsPort = isAuto ? undefined : graphics.tlsPort || undefined;
  return { ...graphics, port, tlsPort, autoport: isAuto ? true : port || tlsPort ? false : undefined };
}

type FilterRule = DomainDef['devices']['redirfilters'][number]['rules'][number];

/** -1 is any, as is what is not said; a version has two digits after its point. */
function completeRule(rule: FilterRule): FilterRule {
  const any = (value: number | undefined): number | undefined => (value === -1 ? undefined : value);
  const [major, minor] = rule.version?.split('.') ?? [];
  const version = rule.version === '-1' || major === undefined ? undefined : `${major}.${(minor ?? '').padEnd(2, '0')}`;
  return { ...rule, class: any(rule.class), vendor: any(rule.vendor), product: any(rule.product), version };
}

/** A bus is hexadecimal on PCI, a plain number elsewhere; an iSCSI name without a unit means unit 0. */
function completeHostSource({ type, source }: HostdevDef): HostdevDef['source'] {
  const bus = source?.address?.bus;
  if (type === 'pci' && source?.address && bus !== undefined)
    return { ...source, address: { ...source.address, bus: `0x${Number(bus).toString(16).padStart(2, '0')}` } };
  if (source?.protocol === 'iscsi' && source.name !== undefined && !source.name.includes('/'))
    return { ...source, name: `${source.name}/0` };
  return source;
}

const completeHostdev = (hostdev: HostdevDef): HostdevDef => ({
  ...hostdev,
  source: completeHostSource(hostdev),
  mode: hostdev.mode ?? 'subsystem',
  ...(hostdev.type === 'mdev' && hostdev.model === 'vfio-pci' && { display: hostdev.display ?? false }),
  managed: hostdev.mode === 'capabilities' ? hostdev.managed : (hostdev.managed ?? false),
});

function completeTpm(tpm: TpmDef): TpmDef {
  const backend = tpm.backend;
  if (backend?.type === 'passthrough')
    return {
      ...tpm,
      model: tpm.model ?? 'tpm-tis',
      backend: { ...backend, device: { path: '/dev/tpm0', ...backend.device } },
    };
  return {
    ...tpm,
    model: tpm.model ?? 'tpm-tis',
    ...(backend?.type === 'emulator' && {
      backend: { ...backend, version: backend.version ?? (tpm.model === 'tpm-crb' ? '2.0' : '1.2') },
    }),
  };
}

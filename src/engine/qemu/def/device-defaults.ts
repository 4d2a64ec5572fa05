// Defaults of the devices that have no file of their own (libvirt: qemuDomainDeviceDefPostParse and its callees).
import type { DomainDef } from '../../conf/domain.ts';
import type { GraphicsDef, GraphicsListen } from '../../conf/graphics.ts';
import type { HostdevDef } from '../../conf/hostdev.ts';
import type { InterfaceDef } from '../../conf/interface.ts';
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
    filesystems: devices.filesystems.map((fs) => ({
      ...fs,
      type: fs.type ?? 'mount',
      accessmode: fs.accessmode ?? defaultAccess(fs),
    })),
    watchdogs: devices.watchdogs.map((watchdog) => ({ ...watchdog, action: watchdog.action ?? 'reset' })),
    panics: devices.panics.map((panic) => ({ ...panic, model: panic.model ?? 'isa' })),
    rngs: devices.rngs.map((rng) =>
      rng.backend.model === 'random' && !rng.backend.path
        ? { ...rng, backend: { ...rng.backend, path: '/dev/urandom' } }
        : rng,
    ),
    vsocks: devices.vsocks.map((vsock) => ({ ...vsock, model: vsock.model ?? 'virtio' })),
    audios: devices.audios.map((audio, index) => ({ ...audio, id: audio.id ?? index + 1 })),
    sounds: devices.sounds.map((sound) => sound),
    shmems: devices.shmems.map((shmem) => shmem),
  });
}

const defaultAccess = (fs: DomainDef['devices']['filesystems'][number]): 'passthrough' | undefined =>
  fs.driver?.type === 'mtp' ? 'passthrough' : 'passthrough';

function completeInterface(net: InterfaceDef, context: PostParseContext): InterfaceDef {
  const mac = { ...net.mac, address: net.mac?.address ?? context.randomMac() };
  const model = net.model?.type ?? (net.type === 'hostdev' ? undefined : defaultNetModel(context));
  return { ...net, mac, ...(model !== undefined && { model: { ...net.model, type: model } }), ...dropGenerated(net) };
}

const defaultNetModel = ({ caps }: PostParseContext): string => (hasFlag(caps, 'DEVICE_E1000') ? 'rtl8139' : 'virtio');

/** Names that libvirt makes up for a tap at each start belong to no definition. */
function dropGenerated(net: InterfaceDef): Pick<InterfaceDef, 'target'> {
  const dev = net.target?.dev;
  return {
    target:
      dev !== undefined && /^vnet\d+$/.test(dev) && net.target?.managed !== false
        ? { ...net.target, dev: undefined }
        : net.target,
  };
}

function completeInput(input: InputDef): InputDef {
  if (input.bus) return input;
  switch (input.type) {
    case 'tablet':
      return { ...input, bus: 'usb' };
    case 'passthrough':
      return { ...input, bus: 'virtio' };
    case 'evdev':
      return { ...input, bus: 'none' };
    default:
      return { ...input, bus: 'ps2' };
  }
}

function completeListens(graphics: GraphicsDef): readonly GraphicsListen[] {
  if (graphics.type !== 'vnc' && graphics.type !== 'spice' && graphics.type !== 'rdp') return graphics.listens;
  if (graphics.listens.length > 0) {
    return graphics.listens.map((listen, index) =>
      index === 0 && listen.type === 'address' && !listen.address && graphics.listenAddress
        ? { ...listen, address: graphics.listenAddress }
        : listen,
    );
  }
  if (graphics.socket !== undefined) return [{ type: 'socket', socket: graphics.socket }];
  if (graphics.type === 'spice' && graphics.gl?.enable && !graphics.listenAddress) return [{ type: 'none' }];
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

const completeHostdev = (hostdev: HostdevDef): HostdevDef => ({
  ...hostdev,
  mode: hostdev.mode ?? 'subsystem',
  managed: hostdev.mode === 'capabilities' ? hostdev.managed : (hostdev.managed ?? false),
});

function completeTpm(tpm: TpmDef): TpmDef {
  const backend = tpm.backend;
  return {
    ...tpm,
    model: tpm.model ?? 'tpm-tis',
    ...(backend?.type === 'emulator' && { backend: { ...backend, version: backend.version ?? '2.0' } }),
  };
}

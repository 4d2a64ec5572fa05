// Defaults of serials, parallels, consoles and channels, and the pairing of the first console with the first serial port
// (libvirt: virDomainChrDefPostParse, qemuDomainChrDefPostParse, virDomainDefAddConsoleCompat).
import type { ChannelDef, ChardevBackend, ConsoleDef, ParallelDef, SerialDef } from '../../conf/chardev.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { withDevices } from './devices.ts';

type Backed = Pick<ChardevBackend, 'type' | 'sources' | 'protocol'>;

/** TCP says its protocol; a source with nothing to say goes. */
function completeBackend<T extends Backed>(device: T): T {
  const sources = device.sources.filter((source) => device.type !== 'unix' || source.path !== undefined);
  return {
    ...device,
    type: device.type ?? 'pty',
    sources,
    protocol: device.type === 'tcp' ? (device.protocol ?? { type: 'raw' }) : undefined,
  };
}

const SERIAL_MODELS: Readonly<Record<string, string>> = {
  'isa-serial': 'isa-serial',
  'usb-serial': 'usb-serial',
  'pci-serial': 'pci-serial',
  'isa-debug': 'isa-debugcon',
};

function serialTarget(serial: SerialDef): NonNullable<NonNullable<SerialDef['target']>['type']> {
  if (serial.target?.type) return serial.target.type;
  if (serial.address?.type === 'usb') return 'usb-serial';
  return serial.address?.type === 'pci' ? 'pci-serial' : 'isa-serial';
}

function completeSerial(serial: SerialDef, port: number): SerialDef {
  const type = serialTarget(serial);
  const model = serial.target?.model ?? (SERIAL_MODELS[type] ? { name: SERIAL_MODELS[type] } : undefined);
  return completeBackend({
    ...serial,
    target: { ...serial.target, type, port: serial.target?.port ?? port, ...(model && { model }) },
  });
}

/** Each without a port comes after the highest of all. */
function withPorts<T extends { readonly target?: { readonly port?: number | undefined } | undefined }>(
  devices: readonly T[],
  complete: (device: T, port: number) => T,
): readonly T[] {
  let next = Math.max(-1, ...devices.map((device) => device.target?.port ?? -1)) + 1;
  return devices.map((device) => complete(device, device.target?.port ?? next++));
}

const completeParallel = (parallel: ParallelDef, port: number): ParallelDef =>
  completeBackend({ ...parallel, target: { ...parallel.target, port } });

const completeConsole = (console: ConsoleDef, index: number): ConsoleDef =>
  completeBackend({
    ...console,
    target: { ...console.target, type: console.target?.type ?? (index === 0 ? 'serial' : 'virtio'), port: index },
  });

/** Places where libvirt puts the sockets of channels, now and in the past; the domain's part has an id before the name or 'domain-'. */
const AGENT_SOCKET =
  /^(?:\/var\/run\/libvirt\/qemu\/channel|\/run\/libvirt\/qemu\/channel|\/var\/lib\/libvirt\/qemu\/channel(?:\/target)?)\/(?:[^/]+\.|domain-[^/]+\/|\d+-[^/]+\/)/;

function completeChannel(channel: ChannelDef): ChannelDef {
  const target = {
    ...channel.target,
    // Whether the guest has it open is a live domain's state.
    state: undefined,
  };
  const isGenerated = (path: string | undefined): boolean =>
    path !== undefined &&
    channel.target?.type === 'virtio' &&
    AGENT_SOCKET.test(path) &&
    (path.endsWith(`/${target.name}`) || path.endsWith(`.${target.name}`));
  const sources = channel.sources.map((source) => (isGenerated(source.path) ? { ...source, path: undefined } : source));
  return completeBackend({ ...channel, target, sources });
}

/** On D-Bus a channel is found by its name. */
const withUsbredirName = (redirdev: DomainDef['devices']['redirdevs'][number]): typeof redirdev =>
  redirdev.type === 'dbus' && redirdev.sources[0]?.channel === undefined
    ? { ...redirdev, sources: [{ ...redirdev.sources[0], channel: 'org.qemu.usbredir', seclabels: [] }] }
    : redirdev;

export function completeCharDevices(def: DomainDef): DomainDef {
  const { devices } = def;
  return withDevices(def, {
    serials: withPorts(devices.serials, completeSerial),
    parallels: withPorts(devices.parallels, completeParallel),
    consoles: devices.consoles.map(completeConsole),
    channels: devices.channels.map(completeChannel),
    smartcards: devices.smartcards.map((card, slot) => ({
      ...card,
      ...(card.mode === 'passthrough' && { protocol: completeBackend(card).protocol }),
      address: card.address ?? { type: 'ccid' as const, controller: 0, slot },
    })),
    redirdevs: devices.redirdevs.map((redirdev) => ({
      ...completeBackend(withUsbredirName(redirdev)),
      bus: redirdev.bus ?? ('usb' as const),
    })),
  });
}

const renumber = (console: ConsoleDef, port: number): ConsoleDef => ({
  ...console,
  target: { ...console.target, port },
});

const backendOf = (device: ChardevBackend): ChardevBackend => ({
  type: device.type,
  tty: device.tty,
  sources: device.sources,
  protocol: device.protocol,
  log: device.log,
});

/** The first console on a serial port is that port: whichever of the two is missing is made of the other. */
export function addConsoleCompat(def: DomainDef): DomainDef {
  if (def.os.type.name !== 'hvm') return def;
  const [console, ...otherConsoles] = def.devices.consoles;
  const [serial, ...otherSerials] = def.devices.serials;
  const consoleTarget = { type: 'serial' as const, port: serial?.target?.port ?? 0 };
  if (!console) {
    if (serial?.target?.type !== 'isa-serial') return def;
    return withDevices(def, { consoles: [{ ...backendOf(serial), target: consoleTarget, address: serial.address }] });
  }
  if (console.target?.type !== 'serial') {
    if (serial?.target?.type !== 'isa-serial') return def;
    // The serial port is a console, too, and the first one.
    const first = { ...backendOf(serial), target: consoleTarget, address: serial.address };
    return withDevices(def, { consoles: [first, ...def.devices.consoles].map(renumber) });
  }
  if (!serial) {
    const made = completeSerial({ ...backendOf(console), address: console.address }, 0);
    return withDevices(def, {
      serials: [made],
      consoles: [{ ...backendOf(made), target: consoleTarget, address: made.address }, ...otherConsoles],
    });
  }
  const paired = { ...backendOf(serial), target: consoleTarget, address: serial.address };
  return withDevices(def, { serials: [serial, ...otherSerials], consoles: [paired, ...otherConsoles] });
}

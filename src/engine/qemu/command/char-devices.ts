// Serial and parallel ports, channels, consoles, smart cards (libvirt: qemuBuildSerialCommandLine and its neighbours).
import type { ChannelDef, ConsoleDef, SerialDef } from '../../conf/chardev.ts';
import { chardevArgs } from './chardev.ts';
import { addressProps, aliasOf, type CommandContext, deviceArgs, type Props, unsupported } from './context.ts';
import { controllerAlias } from './controller.ts';

export const buildSerials = (context: CommandContext): readonly string[] =>
  context.def.devices.serials.flatMap((serial) => [
    ...chardevArgs(context, aliasOf(serial), serial),
    ...deviceArgs(context, serialProps(context, serial)),
  ]);

function serialProps(context: CommandContext, serial: SerialDef): Props {
  const driver = serial.target?.model?.name;
  if (!driver) throw unsupported(`serial device of type '${serial.target?.type}' is not supported`);
  const base = { driver, chardev: `char${aliasOf(serial)}`, id: aliasOf(serial) };
  return {
    ...base,
    ...(serial.target?.type === 'isa-serial' && { index: serial.target.port }),
    ...addressProps(context, serial),
  };
}

export const buildParallels = (context: CommandContext): readonly string[] =>
  context.def.devices.parallels.flatMap((parallel) => [
    ...chardevArgs(context, aliasOf(parallel), parallel, { isParallel: true }),
    ...deviceArgs(context, {
      driver: 'isa-parallel',
      chardev: `char${aliasOf(parallel)}`,
      id: aliasOf(parallel),
      ...addressProps(context, parallel),
    }),
  ]);

export const buildChannels = (context: CommandContext): readonly string[] =>
  context.def.devices.channels.flatMap((channel) => [
    ...chardevArgs(context, aliasOf(channel), channel),
    ...(channel.target?.type === 'guestfwd'
      ? guestForward(channel)
      : deviceArgs(context, portProps(context, channel, 'virtserialport'))),
  ]);

/** A TCP address in the guest that leads to a chardev; QEMU's user network does it. */
const guestForward = (channel: ChannelDef): readonly string[] => {
  const alias = aliasOf(channel);
  const to = `tcp:${channel.target?.address}:${channel.target?.port}-chardev:char${alias}`;
  return ['-netdev', JSON.stringify({ type: 'user', guestfwd: [{ str: to }], id: alias })];
};

/** The agent of SPICE is known by this name. */
const channelName = ({ type, target }: ChannelDef): string | undefined =>
  target?.name ?? (type === 'spicevmc' ? 'com.redhat.spice.0' : undefined);

function portProps({ def }: CommandContext, device: ChannelDef | ConsoleDef, driver: string): Props {
  const address = device.address?.type === 'virtio-serial' ? device.address : undefined;
  const alias = aliasOf(device);
  return {
    driver,
    ...(address && {
      bus: `${controllerAlias(def, 'virtio-serial', address.controller ?? 0)}.${address.bus ?? 0}`,
      nr: address.port ?? 0,
    }),
    chardev: `char${alias}`,
    id: alias,
    ...(driver === 'virtserialport' && 'target' in device && { name: channelName(device as ChannelDef) }),
  };
}

/** The first console on a serial port is the serial port, which is there already. */
export const buildConsoles = (context: CommandContext): readonly string[] =>
  context.def.devices.consoles.flatMap((console) => {
    switch (console.target?.type) {
      case 'serial':
        return [];
      case 'virtio':
        return [
          ...chardevArgs(context, aliasOf(console), console),
          ...deviceArgs(context, portProps(context, console, 'virtconsole')),
        ];
      default:
        throw unsupported(`unsupported console target type '${console.target?.type}'`);
    }
  });

const CARD_CERTIFICATES = '/etc/pki/nssdb';

export const buildSmartcards = (context: CommandContext): readonly string[] =>
  context.def.devices.smartcards.flatMap((card) => {
    const address = card.address?.type === 'ccid' ? card.address : undefined;
    const bus = `${controllerAlias(context.def, 'ccid', address?.controller ?? 0)}.0`;
    const id = aliasOf(card);
    switch (card.mode) {
      case 'host':
        return deviceArgs(context, { driver: 'ccid-card-emulated', backend: 'nss-emulated', id, bus });
      case 'host-certificates': {
        const [cert1, cert2, cert3] = card.certificates;
        return deviceArgs(context, {
          driver: 'ccid-card-emulated',
          backend: 'certificates',
          cert1,
          cert2,
          cert3,
          db: card.database ?? CARD_CERTIFICATES,
          id,
          bus,
        });
      }
      case 'passthrough':
        return [
          ...chardevArgs(context, id, card, { spiceName: 'smartcard' }),
          ...deviceArgs(context, { driver: 'ccid-card-passthru', chardev: `char${id}`, id, bus }),
        ];
      default:
        throw unsupported('a smart card needs a mode');
    }
  });

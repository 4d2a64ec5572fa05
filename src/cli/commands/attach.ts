// Devices that come and go: attach-device, detach-device, update-device, attach-disk, attach-interface and their kin (tools/virsh-domain.c).
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ContractClient } from '../../common/contract/client.ts';
import { virError } from '../../common/errors.ts';
import { type CommandSpec, numberOption, type Options, word } from '../context.ts';
import { buildDiskXml, buildInterfaceXml } from '../device-xml.ts';
import { AFFECT_OPTIONS, affectOf, PERSISTENT_OPTION } from '../flags.ts';
import { readXml } from '../read-xml.ts';

export const DEVICE_AFFECT = [PERSISTENT_OPTION, ...AFFECT_OPTIONS] as const;
export const DETACH_OPTIONS = [
  ...DEVICE_AFFECT,
  ['--timeout <seconds>', 'how long to wait for the guest to let go (5); 0: ask only'],
] as const;

export const affectOfDevice = (options: Options, client: ContractClient, domain: string) =>
  affectOf(options, async () => (await client.call('domain.lookup', { domain })).isActive);

export const timeoutOf = (options: Options): { readonly timeoutMs?: number } => {
  const seconds = numberOption(options, 'timeout');
  return seconds === undefined ? {} : { timeoutMs: seconds * 1000 };
};

/** What was said of a removal: done, or asked only. */
export const saidOf = (state: 'done' | 'asked', what: string): string =>
  state === 'done'
    ? `${what} detached successfully`
    : `${what} detach request sent successfully; the guest has not let go of it yet`;

const attachDevice: CommandSpec = {
  usage: 'attach-device <domain> <file>',
  summary: 'attach device from an XML file',
  options: DEVICE_AFFECT,
  failure: 'Failed to attach device from <file>',
  run: async ({ client, out }, positional, options) => {
    const xml = await readXml(word(positional, 1));
    const connection = await client();
    const domain = word(positional);
    const affect = await affectOfDevice(options, connection, domain);
    out.done(await connection.call('domain.attachDevice', { domain, xml, ...affect }), 'Device attached successfully');
  },
};

const detachDevice: CommandSpec = {
  usage: 'detach-device <domain> <file>',
  summary: 'detach device from an XML file',
  options: DETACH_OPTIONS,
  failure: 'Failed to detach device from <file>',
  run: async ({ client, out }, positional, options) => {
    const xml = await readXml(word(positional, 1));
    const connection = await client();
    const domain = word(positional);
    const affect = await affectOfDevice(options, connection, domain);
    const input = { domain, xml, ...affect, ...timeoutOf(options) };
    const ref = await connection.call('domain.detachDevice', input);
    out.done(ref, saidOf(ref.state, 'Device'));
  },
};

const detachDeviceAlias: CommandSpec = {
  usage: 'detach-device-alias <domain> <alias>',
  summary: 'detach device from an alias',
  options: DETACH_OPTIONS,
  failure: "Failed to detach device with alias '<alias>'",
  run: async ({ client, out }, positional, options) => {
    const connection = await client();
    const domain = word(positional);
    const affect = await affectOfDevice(options, connection, domain);
    const input = { domain, alias: word(positional, 1), ...affect, ...timeoutOf(options) };
    const ref = await connection.call('domain.detachDeviceAlias', input);
    out.done(ref, saidOf(ref.state, 'Device'));
  },
};

const updateDevice: CommandSpec = {
  usage: 'update-device <domain> <file>',
  summary: 'update device from an XML file',
  options: [...DEVICE_AFFECT, ['--force', 'open a tray that the guest has locked']],
  failure: 'Failed to update device from <file>',
  run: async ({ client, out }, positional, options) => {
    const xml = await readXml(word(positional, 1));
    const connection = await client();
    const domain = word(positional);
    const affect = await affectOfDevice(options, connection, domain);
    const force = options.force ? { force: true } : {};
    const ref = await connection.call('domain.updateDevice', { domain, xml, ...affect, ...force });
    out.done(ref, 'Device updated successfully');
  },
};

const PRINT_XML = ['--print-xml', 'print the XML instead of attaching it'] as const;

const attachDisk: CommandSpec = {
  usage: 'attach-disk <domain> <source> <target>',
  summary: 'attach disk device',
  options: [
    ['--targetbus <bus>', 'virtio, scsi, sata, usb …'],
    ['--driver <name>', 'qemu'],
    ['--subdriver <format>', 'the format of the image: qcow2, raw …'],
    ['--iothread <id>', 'the I/O thread'],
    ['--cache <mode>', 'none, writeback …'],
    ['--io <mode>', 'threads, native, io_uring'],
    ['--type <device>', 'disk, cdrom, floppy, lun'],
    ['--alias <alias>', 'its alias (ua-…)'],
    ['--mode <mode>', 'readonly or shareable'],
    ['--sourcetype <type>', 'file, block or network'],
    ['--source-protocol <protocol>', 'of a network disk'],
    ['--source-host-name <host>', 'of a network disk'],
    ['--source-host-transport <transport>', 'of a network disk'],
    ['--source-host-socket <path>', 'of a network disk'],
    ['--serial <serial>', 'its serial number'],
    ['--wwn <wwn>', 'its world wide name'],
    ['--rawio', 'needs rawio'],
    ['--address <address>', 'pci:0000.00.07.0, usb:1.2, scsi:0.0.0'],
    ['--multifunction', 'a PCI address with more functions'],
    PRINT_XML,
    ...DEVICE_AFFECT,
  ],
  values: {
    targetbus: ['virtio', 'scsi', 'sata', 'usb', 'ide'],
    type: ['disk', 'cdrom', 'floppy', 'lun'],
    mode: ['readonly', 'shareable'],
  },
  failure: 'Failed to attach disk',
  run: async ({ client, out }, positional, options) => {
    // The engine has another working folder than the shell.
    const given = word(positional, 1);
    const source = given === '' || options.sourcetype === 'network' ? given : resolve(given);
    const isBlockDevice = statSync(source, { throwIfNoEntry: false })?.isBlockDevice() === true;
    const xml = buildDiskXml(source, word(positional, 2), isBlockDevice, options);
    if (options.printXml) return out.result({ xml }, [xml]);
    const connection = await client();
    const domain = word(positional);
    const affect = await affectOfDevice(options, connection, domain);
    out.done(await connection.call('domain.attachDevice', { domain, xml, ...affect }), 'Disk attached successfully');
  },
};

const attachInterface: CommandSpec = {
  usage: 'attach-interface <domain> <type> [source]',
  summary: 'attach network interface',
  options: [
    ['--target <name>', 'the name of the host’s end'],
    ['--mac <mac>', 'its MAC address'],
    ['--script <path>', 'the script that sets it up'],
    ['--model <model>', 'virtio, e1000e …'],
    ['--alias <alias>', 'its alias (ua-…)'],
    ['--inbound <rates>', 'average,peak,burst,floor'],
    ['--outbound <rates>', 'average,peak,burst'],
    ['--managed', 'libvirt takes the host device from its driver'],
    PRINT_XML,
    ...DEVICE_AFFECT,
  ],
  values: { type: ['network', 'bridge', 'direct', 'hostdev', 'user'], model: ['virtio', 'e1000e', 'e1000', 'rtl8139'] },
  failure: 'Failed to attach interface',
  run: async ({ client, out }, positional, options) => {
    const [type, source] = [word(positional, 1), word(positional, 2)];
    if (source === '' && type !== 'user')
      throw virError('INVALID_ARG', "command 'attach-interface' requires <source> option");
    const xml = buildInterfaceXml(type, source, options);
    if (options.printXml) return out.result({ xml }, [xml]);
    const connection = await client();
    const domain = word(positional);
    const affect = await affectOfDevice(options, connection, domain);
    const ref = await connection.call('domain.attachDevice', { domain, xml, ...affect });
    out.done(ref, 'Interface attached successfully');
  },
};

export const attachCommands: readonly CommandSpec[] = [
  attachDevice,
  detachDevice,
  detachDeviceAlias,
  updateDevice,
  attachDisk,
  attachInterface,
];

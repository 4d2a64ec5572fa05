// `install`: the create wizard for scripts. Options are named after virt-install's; what is left out is filled in as the wizard fills it in.
import { resolve } from 'node:path';
import { formatBytes, parseSize } from '../../common/base/units.ts';
import type { ContractClient } from '../../common/contract/client.ts';
import { virError } from '../../common/errors.ts';
import { IMPORT_FORMATS, type MachineSource, type MachineSpec } from '../../common/model/machine.ts';
import { type CommandSpec, numberOption, type Options, text } from '../context.ts';

function importFormat(options: Options): (typeof IMPORT_FORMATS)[number] {
  const format = text(options, 'format');
  const known = IMPORT_FORMATS.find((candidate) => candidate === format);
  // An image's format is never guessed: a raw disk can be made to look like another one by its guest.
  if (!known) throw virError('INVALID_ARG', `--import needs --format; one of ${IMPORT_FORMATS.join(', ')}`);
  return known;
}

function readSource(options: Options): MachineSource {
  const [cdrom, disk, kernel, initrd] = [options.cdrom, options.import, options.kernel, options.initrd].map((value) =>
    typeof value === 'string' ? resolve(value) : undefined,
  );
  if (options.demo) return { kind: 'demo' };
  if (cdrom) return { kind: 'iso', path: cdrom };
  if (disk) return { kind: 'import', path: disk, format: importFormat(options), copy: options.copy === true };
  if (options.pxe) return { kind: 'network' };
  const cmdline = text(options, 'cmdline');
  if (kernel) return { kind: 'kernel', kernel, ...(initrd ? { initrd } : {}), ...(cmdline ? { cmdline } : {}) };
  throw virError('INVALID_ARG', 'say what to install from: --cdrom ISO, --import DISK, --pxe, --kernel FILE or --demo');
}

function readNetwork(value: string | undefined): MachineSpec['network'] {
  if (value === undefined || value === 'user') return { kind: 'user' };
  if (value === 'none') return { kind: 'none' };
  const bridge = /^bridge[=:](.+)$/.exec(value)?.[1];
  if (bridge) return { kind: 'bridge', bridge };
  throw virError('INVALID_ARG', `unknown network '${value}'; say user, none or bridge=NAME`);
}

function readFirmware(value: string | undefined): MachineSpec['firmware'] | undefined {
  if (value === undefined || value === 'bios' || value === 'uefi') return value;
  throw virError('INVALID_ARG', `unknown firmware '${value}'; say bios or uefi`);
}

async function makeSpec(client: ContractClient, options: Options): Promise<MachineSpec> {
  const source = readSource(options);
  const osId =
    text(options, 'osinfo') ??
    (source.kind === 'iso' ? (await client.call('media.inspect', { path: source.path })).osId : undefined);
  const os = osId === undefined ? {} : { osId };
  const defaults = await client.call('machine.defaults', { source, ...os });
  const diskBytes =
    options.disk === 'none'
      ? 0
      : options.disk === undefined
        ? defaults.diskBytes
        : parseSize(text(options, 'disk') ?? '', 'G');
  return {
    name: text(options, 'name') ?? defaults.name,
    source,
    ...os,
    memoryKiB:
      options.memory === undefined
        ? defaults.memoryKiB
        : Math.floor(parseSize(text(options, 'memory') ?? '', 'M') / 1024),
    vcpus: numberOption(options, 'vcpus') ?? defaults.vcpus,
    ...(diskBytes > 0 && source.kind !== 'import' ? { disk: { sizeBytes: diskBytes, format: 'qcow2' as const } } : {}),
    firmware: readFirmware(text(options, 'boot')) ?? defaults.firmware,
    network: readNetwork(text(options, 'network')),
    start: options.noStart !== true,
  };
}

export const installCommand: CommandSpec = {
  usage: 'install',
  failure: 'Failed to make the machine',
  summary: 'make a machine: from an ISO, a disk, the network, a kernel, or the demo guest',
  options: [
    ['--name <name>', 'its name'],
    ['--cdrom <iso>', 'install from this ISO image'],
    ['--import <disk>', 'use this disk, which has a system on it'],
    ['--format <format>', 'the format of the imported disk'],
    ['--copy', 'copy the imported disk instead of using it in place'],
    ['--pxe', 'boot from the network'],
    ['--kernel <file>', 'boot this Linux kernel'],
    ['--initrd <file>', 'with this initial RAM disk'],
    ['--cmdline <text>', 'and this command line'],
    ['--demo', 'the demo guest'],
    ['--osinfo <id>', 'the system, by osinfo-db’s id; detected from an ISO'],
    ['--memory <size>', 'memory (MiB, or with a unit)'],
    ['--vcpus <n>', 'virtual CPUs'],
    ['--disk <size>', 'size of the new disk (GiB, or with a unit), or none'],
    ['--boot <firmware>', 'bios or uefi'],
    ['--network <network>', 'user, none or bridge=NAME'],
    ['--no-start', 'define it only'],
  ],
  run: async ({ client, out }, _positional, options) => {
    const connection = await client();
    const spec = await makeSpec(connection, options);
    const made = await connection.call('machine.create', spec);
    const disk = spec.disk ? `, ${formatBytes(spec.disk.sizeBytes)} of disk` : '';
    const size = `${formatBytes(spec.memoryKiB * 1024)} of memory, ${spec.vcpus} CPU${spec.vcpus === 1 ? '' : 's'}${disk}`;
    out.done(made, `Domain '${made.name}' ${made.started ? 'created and started' : 'defined'}: ${size}`);
  },
};

// Folders of the host in the guest: 9p by QEMU itself, virtiofs by a daemon (libvirt: qemuBuildFilesystemCommandLine).
import type { FilesystemDef } from '../../conf/filesystem.ts';
import {
  addressProps,
  aliasOf,
  bootProps,
  type CommandContext,
  deviceArgs,
  escapeCommas,
  unsupported,
  virtioDriver,
  virtioProps,
} from './context.ts';

export const buildFilesystems = (context: CommandContext): readonly string[] =>
  context.def.devices.filesystems.flatMap((fs) => {
    switch (fs.driver?.type ?? 'path') {
      case 'virtiofs':
        return virtiofs(context, fs);
      case 'path':
      case 'handle':
        return [...fsdev(fs), ...plan9(context, fs)];
      case 'mtp':
        return deviceArgs(context, {
          driver: 'usb-mtp',
          id: aliasOf(fs),
          rootdir: fs.source?.dir,
          desc: fs.target?.dir,
          readonly: fs.readonly ?? false,
          ...addressProps(context, fs),
        });
      default:
        throw unsupported(`filesystem driver type '${fs.driver?.type}' is not supported`);
    }
  });

const SECURITY: Readonly<Record<string, string>> = { mapped: 'mapped', passthrough: 'passthrough', squash: 'none' };

const octal = (mode: string): string => mode.replace(/^0*/, '').padStart(4, '0');

function fsdev(fs: FilesystemDef): readonly string[] {
  const isHandle = fs.driver?.type === 'handle';
  const parts = [isHandle ? 'handle' : 'local'];
  if (!isHandle) parts.push(`security_model=${SECURITY[fs.accessmode ?? 'passthrough']}`);
  if (fs.multidevs && fs.multidevs !== 'default') parts.push(`multidevs=${fs.multidevs}`);
  if (fs.fmode !== undefined) parts.push(`fmode=${octal(fs.fmode)}`);
  if (fs.dmode !== undefined) parts.push(`dmode=${octal(fs.dmode)}`);
  if (fs.driver?.wrpolicy) parts.push(`writeout=${fs.driver.wrpolicy}`);
  parts.push(`id=fsdev-${aliasOf(fs)}`, `path=${escapeCommas(fs.source?.dir ?? '')}`);
  if (fs.readonly) parts.push('readonly=on');
  return ['-fsdev', parts.join(',')];
}

const plan9 = (context: CommandContext, fs: FilesystemDef): readonly string[] =>
  deviceArgs(context, {
    driver: virtioDriver('virtio-9p', fs.model),
    ...virtioProps(fs.driver),
    id: aliasOf(fs),
    fsdev: `fsdev-${aliasOf(fs)}`,
    mount_tag: fs.target?.dir,
    ...addressProps(context, fs),
  });

function virtiofs(context: CommandContext, fs: FilesystemDef): readonly string[] {
  const alias = aliasOf(fs);
  const path = fs.source?.socket ?? context.options.virtiofsSocket?.(alias);
  if (path === undefined) throw unsupported('virtiofs needs virtiofsd');
  const chardev = `chr-vu-${alias}`;
  return [
    '-chardev',
    `socket,id=${chardev},path=${escapeCommas(path)}`,
    ...deviceArgs(context, {
      driver: virtioDriver('vhost-user-fs', fs.model),
      ...virtioProps(fs.driver),
      id: alias,
      chardev,
      'queue-size': fs.driver?.queue,
      tag: fs.target?.dir,
      ...bootProps(fs),
      ...addressProps(context, fs),
    }),
  ];
}

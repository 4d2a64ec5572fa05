// Objects and settings that are no devices: I/O threads, throttle groups, SMBIOS, firmware flash, launch security, generation id.
import type { SysinfoDef } from '../../conf/features.ts';
import { storageProps } from './blockdev-storage.ts';
import { type CommandContext, deviceArgs, escapeCommas, objectArgs, type Props, unsupported } from './context.ts';
import { secretArgs } from './secrets.ts';

export function buildIothreads({ def }: CommandContext): readonly string[] {
  const args: string[] = [];
  for (const thread of iothreadIds(def)) args.push(...objectArgs(thread));
  const loop = def.defaultiothread;
  if (loop)
    args.push(
      ...objectArgs({
        'qom-type': 'main-loop',
        id: 'main-loop',
        'thread-pool-min': loop.threadPoolMin,
        'thread-pool-max': loop.threadPoolMax,
      }),
    );
  return args;
}

/** The threads that are named, then as many more as <iothreads> counts, by the lowest ids that are free. */
function iothreadIds(def: CommandContext['def']): readonly Props[] {
  const named = def.iothreadids?.iothreads ?? [];
  const threads: Props[] = named.map((thread) => ({
    'qom-type': 'iothread',
    id: `iothread${thread.id}`,
    'thread-pool-min': thread.threadPoolMin,
    'thread-pool-max': thread.threadPoolMax,
    'poll-max-ns': thread.poll?.max,
    'poll-grow': thread.poll?.grow,
    'poll-shrink': thread.poll?.shrink,
  }));
  const used = new Set(named.map(({ id }) => id));
  for (let id = 1; threads.length < (def.iothreads ?? 0); id++) {
    if (!used.has(id)) threads.push({ 'qom-type': 'iothread', id: `iothread${id}` });
  }
  return threads;
}

export const buildThrottleGroups = ({ def }: CommandContext): readonly string[] =>
  (def.throttlegroups?.groups ?? []).flatMap((group) =>
    objectArgs({
      'qom-type': 'throttle-group',
      id: `throttle-${group.groupName}`,
      limits: {
        'bps-total': group.totalBytesSec ?? 0,
        'bps-read': group.readBytesSec ?? 0,
        'bps-write': group.writeBytesSec ?? 0,
        'iops-total': group.totalIopsSec ?? 0,
        'iops-read': group.readIopsSec ?? 0,
        'iops-write': group.writeIopsSec ?? 0,
        'bps-total-max': group.totalBytesSecMax ?? 0,
        'bps-read-max': group.readBytesSecMax ?? 0,
        'bps-write-max': group.writeBytesSecMax ?? 0,
        'iops-total-max': group.totalIopsSecMax ?? 0,
        'iops-read-max': group.readIopsSecMax ?? 0,
        'iops-write-max': group.writeIopsSecMax ?? 0,
        'iops-size': group.sizeIopsSec ?? 0,
        'bps-total-max-length': group.totalBytesSecMaxLength,
        'bps-read-max-length': group.readBytesSecMaxLength,
        'bps-write-max-length': group.writeBytesSecMaxLength,
        'iops-total-max-length': group.totalIopsSecMaxLength,
        'iops-read-max-length': group.readIopsSecMaxLength,
        'iops-write-max-length': group.writeIopsSecMaxLength,
      },
    }),
  );

export function buildFlash(context: CommandContext): readonly string[] {
  const { def } = context;
  const { loader, nvram } = def.os;
  if (!loader?.path) return [];
  if (loader.type !== 'pflash') return ['-bios', loader.path];
  const format = loader.format ?? 'raw';
  const args = [
    '-blockdev',
    JSON.stringify({
      driver: 'file',
      filename: loader.path,
      'node-name': 'libvirt-pflash0-storage',
      'auto-read-only': true,
      discard: 'unmap',
    }),
    '-blockdev',
    JSON.stringify({
      'node-name': 'libvirt-pflash0-format',
      'read-only': loader.readonly ?? true,
      driver: format,
      file: 'libvirt-pflash0-storage',
      backing: format === 'qcow2' ? null : undefined,
    }),
  ];
  if (!nvram) return args;
  const secret = nvram.source?.auth
    ? secretArgs(context, { id: 'libvirt-pflash1-storage-auth-secret0', kind: 'auth', ...nvram.source.auth.secret })
    : [];
  const source = nvram.source ?? { file: nvram.path, hosts: [], seclabels: [] };
  const storage = {
    ...storageProps({ type: nvram.type ?? 'file', source, device: 'disk', node: 'libvirt-pflash1-storage' }),
    'node-name': 'libvirt-pflash1-storage',
  };
  if (nvram.format !== 'qcow2')
    return [...args, ...secret, '-blockdev', JSON.stringify({ ...storage, 'read-only': false })];
  return [
    ...args,
    ...secret,
    '-blockdev',
    JSON.stringify({ ...storage, 'auto-read-only': true, discard: 'unmap' }),
    '-blockdev',
    JSON.stringify({
      'node-name': 'libvirt-pflash1-format',
      'read-only': false,
      driver: 'qcow2',
      file: 'libvirt-pflash1-storage',
      backing: null,
    }),
  ];
}

type Entry = { readonly name?: string | undefined; readonly value?: string | undefined };

/** SMBIOS fields by the name in the XML and QEMU's name, in QEMU's order. */
const BIOS_FIELDS: readonly (readonly [string, string])[] = [
  ['vendor', 'vendor'],
  ['version', 'version'],
  ['date', 'date'],
  ['release', 'release'],
];
const SYSTEM_FIELDS: readonly (readonly [string, string])[] = [
  ['manufacturer', 'manufacturer'], ['product', 'product'], ['version', 'version'], ['serial', 'serial'], ['uuid', 'uuid'], ['sku', 'sku'], ['family', 'family'],
]; // biome-ignore format: a table
const BOARD_FIELDS: readonly (readonly [string, string])[] = [
  ['manufacturer', 'manufacturer'], ['product', 'product'], ['version', 'version'], ['serial', 'serial'], ['asset', 'asset'], ['location', 'location'],
]; // biome-ignore format: a table
const CHASSIS_FIELDS: readonly (readonly [string, string])[] = [
  ['manufacturer', 'manufacturer'], ['version', 'version'], ['serial', 'serial'], ['asset', 'asset'], ['sku', 'sku'],
]; // biome-ignore format: a table

function smbiosType(
  type: number,
  fields: readonly (readonly [string, string])[],
  entries: readonly Entry[] | undefined,
): readonly string[] {
  if (!entries) return [];
  const parts = fields.flatMap(([name, option]) => {
    const value = entries.find((entry) => entry.name === name)?.value;
    return value === undefined ? [] : [`${option}=${escapeCommas(value)}`];
  });
  return parts.length === 0 ? [] : ['-smbios', [`type=${type}`, ...parts].join(',')];
}

export function buildSysinfo({ def }: CommandContext): readonly string[] {
  const args: string[] = [];
  const smbios = def.sysinfos.find((sysinfo) => sysinfo.type === 'smbios');
  if (def.os.smbios?.mode === 'host') throw unsupported('SMBIOS of the host is not supported yet');
  if (def.os.smbios?.mode === 'sysinfo' && smbios) args.push(...smbiosTables(smbios));
  for (const sysinfo of def.sysinfos) {
    if (sysinfo.type !== 'fwcfg') continue;
    for (const entry of sysinfo.entries) {
      const source =
        entry.file === undefined ? `string=${escapeCommas(entry.value ?? '')}` : `file=${escapeCommas(entry.file)}`;
      args.push('-fw_cfg', `name=${escapeCommas(entry.name ?? '')},${source}`);
    }
  }
  return args;
}

function smbiosTables(smbios: SysinfoDef): readonly string[] {
  const args = [
    ...smbiosType(0, BIOS_FIELDS, smbios.bios?.entries),
    ...smbiosType(1, SYSTEM_FIELDS, smbios.system?.entries),
  ];
  for (const board of smbios.baseBoards) args.push(...smbiosType(2, BOARD_FIELDS, board.entries));
  args.push(...smbiosType(3, CHASSIS_FIELDS, smbios.chassis?.entries));
  const strings = smbios.oemStrings?.entries ?? [];
  if (strings.length > 0)
    args.push('-smbios', ['type=11', ...strings.map((value) => `value=${escapeCommas(value)}`)].join(','));
  return args;
}

export const buildVmGenId = (context: CommandContext): readonly string[] =>
  context.def.genid ? deviceArgs(context, { driver: 'vmgenid', guid: context.def.genid, id: 'vmgenid0' }) : [];

export const buildVmCoreInfo = (context: CommandContext): readonly string[] =>
  context.def.features?.vmcoreinfo?.state ? deviceArgs(context, { driver: 'vmcoreinfo' }) : [];

export function buildLaunchSecurity({ def, options }: CommandContext): readonly string[] {
  const security = def.launchSecurity;
  if (!security) return [];
  switch (security.type) {
    case 'sev':
      return objectArgs({
        'qom-type': 'sev-guest',
        id: 'lsec0',
        cbitpos: security.cbitpos,
        'reduced-phys-bits': security.reducedPhysBits,
        policy: security.policy,
        'dh-cert-file': security.dhCert === undefined ? undefined : `${options.libDir}/dh_cert.base64`,
        'session-file': security.session === undefined ? undefined : `${options.libDir}/session.base64`,
        'kernel-hashes': security.kernelHashes,
      });
    case 'sev-snp':
      return objectArgs({
        'qom-type': 'sev-snp-guest',
        id: 'lsec0',
        cbitpos: security.cbitpos,
        'reduced-phys-bits': security.reducedPhysBits,
        policy: security.policy,
        'guest-visible-workarounds': security.guestVisibleWorkarounds,
        'id-block': security.idBlock,
        'id-auth': security.idAuth,
        'host-data': security.hostData,
        'kernel-hashes': security.kernelHashes,
        'author-key-enabled': security.authorKey,
        'vcek-disabled': security.vcek === undefined ? undefined : !security.vcek,
      });
    default:
      throw unsupported(`launch security of type '${security.type}' is not supported`);
  }
}

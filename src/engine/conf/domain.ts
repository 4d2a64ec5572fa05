// <domain>: the whole definition, and the two functions through which everything else reads and writes it.

import { virError } from '../../common/errors.ts';
import { channel, console, parallel, serial, smartcard } from './chardev.ts';
import { attr, child, element, group, type Infer, kept, list, raw, required, sizeOf, value } from './codec.ts';
import { controller } from './controller.ts';
import { cpu } from './cpu.ts';
import { disk } from './disk.ts';
import { clock, features, pm, sysinfo } from './features.ts';
import { filesystem } from './filesystem.ts';
import { audio, graphics, sound, video } from './graphics.ts';
import { hostdev, redirdev, redirfilter } from './hostdev.ts';
import { interface_ } from './interface.ts';
import { launchSecurity } from './launch-security.ts';
import { normalizeNamespaces } from './namespaces.ts';
import { os } from './os.ts';
import { qemuCapabilities, qemuCommandline, qemuDeprecation, qemuOverride } from './qemu-namespace.ts';
import { choice, int, str, uint, uuid } from './scalar.ts';
import { seclabel } from './seclabel.ts';
import {
  crypto, hub, input, iommu, lease, memballoon, memoryDevice, nvramDevice, panic, rng, shmem, tpm, vsock, watchdog,
} from './small-devices.ts'; // biome-ignore format: a list
import {
  blkiotune, cputune, defaultiothread, iothreadids, maxMemory, memory, memoryBacking, memtune, numatune, throttlegroups, vcpu, vcpus,
} from './tuning.ts'; // biome-ignore format: a list
import { type ParseWarning, parseXml, type XmlNode, type XmlWriter } from './xml.ts';

export const DOMAIN_TYPES = [
  'qemu',
  'kvm',
  'hvf',
  'xen',
  'lxc',
  'bhyve',
  'vz',
  'test',
  'hyperv',
  'vmware',
  'vbox',
  'openvz',
] as const;
const LIFECYCLE_ACTIONS = [
  'destroy',
  'restart',
  'rename-restart',
  'preserve',
  'coredump-destroy',
  'coredump-restart',
] as const;
const lifecycle = (name: string) => value(name, choice(LIFECYCLE_ACTIONS));

/** The devices, in the order in which libvirt writes them. Every kind is a list, also those of which a guest has one at most. */
export const deviceFields = {
  emulator: value('emulator', str),
  disks: list('disk', disk),
  controllers: list('controller', controller),
  leases: list('lease', lease),
  filesystems: list('filesystem', filesystem),
  interfaces: list('interface', interface_),
  smartcards: list('smartcard', smartcard),
  serials: list('serial', serial),
  parallels: list('parallel', parallel),
  consoles: list('console', console),
  channels: list('channel', channel),
  inputs: list('input', input),
  tpms: list('tpm', tpm),
  graphics: list('graphics', graphics),
  sounds: list('sound', sound),
  audios: list('audio', audio),
  videos: list('video', video),
  hostdevs: list('hostdev', hostdev),
  redirdevs: list('redirdev', redirdev),
  redirfilters: list('redirfilter', redirfilter),
  hubs: list('hub', hub),
  watchdogs: list('watchdog', watchdog),
  memballoons: list('memballoon', memballoon),
  rngs: list('rng', rng),
  nvrams: list('nvram', nvramDevice),
  panics: list('panic', panic),
  shmems: list('shmem', shmem),
  memories: list('memory', memoryDevice),
  cryptos: list('crypto', crypto),
  iommus: list('iommu', iommu),
  vsocks: list('vsock', vsock),
} as const;

export const domain = element({
  type: required(attr('type', choice(DOMAIN_TYPES))),
  id: attr('id', int),
  name: required(value('name', str)),
  uuid: value('uuid', uuid),
  genid: value('genid', { ...uuid, parse: (text) => (text === '' ? '' : uuid.parse(text)) }),
  title: value('title', str),
  description: value('description', str),
  metadata: child('metadata', raw),
  maxMemory: child('maxMemory', maxMemory),
  memory: child('memory', memory),
  currentMemory: child('currentMemory', sizeOf('KiB')),
  blkiotune: child('blkiotune', blkiotune),
  memtune: child('memtune', memtune),
  memoryBacking: child('memoryBacking', memoryBacking),
  vcpu: child('vcpu', vcpu),
  vcpus: child('vcpus', vcpus),
  iothreads: value('iothreads', uint),
  iothreadids: child('iothreadids', iothreadids),
  defaultiothread: child('defaultiothread', defaultiothread),
  throttlegroups: child('throttlegroups', throttlegroups),
  cputune: child('cputune', cputune),
  numatune: child('numatune', numatune),
  resource: group('resource', {
    partition: value('partition', str),
    fibrechannel: group('fibrechannel', { appid: attr('appid', str) }),
  }),
  sysinfos: list('sysinfo', sysinfo),
  bootloader: value('bootloader', str),
  os: required(child('os', os)),
  idmap: kept('idmap', raw),
  features: child('features', features),
  cpu: child('cpu', cpu),
  clock: child('clock', clock),
  onPoweroff: lifecycle('on_poweroff'),
  onReboot: lifecycle('on_reboot'),
  onCrash: lifecycle('on_crash'),
  onLockfailure: value('on_lockfailure', choice(['poweroff', 'restart', 'pause', 'ignore'])),
  pm: child('pm', pm),
  perf: child(
    'perf',
    element({ events: list('event', element({ name: attr('name', str), enabled: attr('enabled', str) })) }),
  ),
  devices: required(kept('devices', element(deviceFields))),
  seclabels: list('seclabel', seclabel),
  keywrap: child('keywrap', raw),
  launchSecurity: child('launchSecurity', launchSecurity),
  qemuCommandline: child('qemu:commandline', qemuCommandline),
  qemuCapabilities: child('qemu:capabilities', qemuCapabilities),
  qemuOverride: child('qemu:override', qemuOverride),
  qemuDeprecation: child('qemu:deprecation', qemuDeprecation),
});
export type DomainDef = Infer<typeof domain>;
export type DevicesDef = DomainDef['devices'];

export interface ParsedDomain {
  readonly def: DomainDef;
  readonly warnings: readonly ParseWarning[];
}

/** A domain without <devices> has none of its own, only the machine's. */
const withDevicesElement = (root: XmlNode): XmlNode =>
  root.children.some(({ name }) => name === 'devices')
    ? root
    : { ...root, children: [...root.children, { ...root, name: 'devices', attributes: {}, children: [], text: '' }] };

/** Reads a domain's XML as it is written: nothing is filled in. `file` serves messages. Throws XML_ERROR. */
export function parseDomain(xml: string, options: { readonly file?: string | undefined } = {}): ParsedDomain {
  const root = withDevicesElement(normalizeNamespaces(parseXml(xml, options.file)));
  if (root.name !== 'domain') throw virError('XML_ERROR', `unexpected root element <${root.name}>, expecting <domain>`);
  const warnings: ParseWarning[] = [];
  const def = domain.parse(root, { file: options.file, warnings });
  return { def, warnings };
}

export interface FormatFlags {
  /** Also what only a running domain has: its id, the aliases that were made up for it. */
  readonly live?: boolean | undefined;
}

/** The definition as XML, two blanks a level, elements in libvirt's order. */
export function formatDomain(def: DomainDef, flags: FormatFlags = {}): string {
  const out: XmlWriter = { lines: [], depth: 0 };
  domain.format(out, 'domain', flags.live ? def : withoutLive(def));
  if (def.qemuCommandline || def.qemuCapabilities || def.qemuOverride || def.qemuDeprecation)
    out.lines[0] = (out.lines[0] ?? '').replace(/>$/, ` xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>`);
  return `${out.lines.join('\n')}\n`;
}

/** A person's own aliases begin with 'ua-'; the others are made at each start and are no part of a definition. */
export const isUserAlias = (alias: string | undefined): boolean => alias?.startsWith('ua-') ?? false;

interface Aliased {
  readonly alias?: { readonly name: string } | undefined;
}

function withoutLive(def: DomainDef): DomainDef {
  const strip = <T extends Aliased>(items: readonly T[]): readonly T[] =>
    items.some((item) => item.alias && !isUserAlias(item.alias.name))
      ? items.map((item) => (isUserAlias(item.alias?.name) ? item : { ...item, alias: undefined }))
      : items;
  const devices = { ...def.devices } as Record<string, unknown>;
  for (const [kind, items] of Object.entries(devices))
    if (Array.isArray(items)) devices[kind] = strip(items as Aliased[]);
  return { ...def, id: undefined, devices: devices as unknown as DevicesDef };
}

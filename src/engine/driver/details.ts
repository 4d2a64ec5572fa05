// A domain's hardware as rows for people: what each device is called, its facts, its XML. Pure reading of a definition.
import { formatBytes } from '../../common/base/units.ts';
import type { DeviceKind, DeviceView, DomainDetails } from '../../common/model/domain.ts';
import { type DomainDef, deviceFields, formatDomain } from '../conf/domain.ts';
import type { DomainObj } from './domain-obj.ts';
import { formatDevice } from './format-device.ts';

type Devices = DomainDef['devices'];
type Facts = readonly (readonly [name: string, value: string | number | undefined])[];

const BUS_NAMES: Readonly<Record<string, string>> = {
  virtio: 'VirtIO',
  sata: 'SATA',
  scsi: 'SCSI',
  ide: 'IDE',
  usb: 'USB',
  fdc: 'Floppy',
  sd: 'SD',
};
const bus = (name: string | undefined): string => (name === undefined ? '' : (BUS_NAMES[name] ?? name));

interface Row {
  readonly kind: DeviceKind;
  readonly label: string;
  readonly summary: string;
  readonly facts: Facts;
}

const describeDisk = (disk: Devices['disks'][number]): Row => {
  const path = disk.source?.file ?? disk.source?.dev ?? disk.source?.name;
  const kind = disk.device === 'cdrom' ? 'cdrom' : disk.device === 'floppy' ? 'floppy' : 'disk';
  const what = { cdrom: 'CD-ROM', floppy: 'Floppy', disk: 'Disk' }[kind];
  return {
    kind,
    label: `${bus(disk.target?.bus)} ${what} (${disk.target?.dev ?? '?'})`.trim(),
    summary: path ?? 'empty',
    facts: [
      ['Source', path ?? 'No medium'],
      ['Format', disk.driver?.type],
      ['Bus', bus(disk.target?.bus)],
      ['Target', disk.target?.dev],
      ['Cache', disk.driver?.cache],
      ['Discard', disk.driver?.discard],
      [
        'Access',
        disk.readonly !== undefined || kind === 'cdrom'
          ? 'Read only'
          : disk.shareable !== undefined
            ? 'Shared, read and write'
            : 'Read and write',
      ],
      ['Serial', disk.serial],
      ['Boot order', disk.boot?.order],
    ],
  };
};

const NETWORK_NAMES: Readonly<Record<string, string>> = {
  user: 'User network (outgoing, no set-up)',
  bridge: 'Bridge',
  network: 'Virtual network',
  direct: 'Direct (macvtap)',
  ethernet: 'Tap device',
};
const describeInterface = (nic: Devices['interfaces'][number]): Row => ({
  kind: 'interface',
  label: `Network (${nic.model?.type ?? 'default'})`,
  summary: `${NETWORK_NAMES[nic.type] ?? nic.type}${nic.source?.bridge ? ` ${nic.source.bridge}` : ''}`,
  facts: [
    ['Source', NETWORK_NAMES[nic.type] ?? nic.type],
    ['Bridge', nic.source?.bridge],
    ['Model', nic.model?.type],
    ['MAC address', nic.mac?.address],
    ['Link', nic.link?.state ?? 'up'],
    ['Boot order', nic.boot?.order],
  ],
});

const simple = (kind: DeviceKind, label: string, summary: string, facts: Facts = []): Row => ({
  kind,
  label,
  summary,
  facts,
});

/** Device lists of a definition → how each is described. What is not here is shown by its element's name. */
const DESCRIBE = {
  disks: describeDisk,
  interfaces: describeInterface,
  graphics: (graphics: Devices['graphics'][number]) =>
    simple(
      'graphics',
      `Display (${graphics.type.toUpperCase()})`,
      graphics.listens[0]?.socket ? 'Shown in this window' : 'Display server',
      [
        ['Type', graphics.type.toUpperCase()],
        ['Port', graphics.port && graphics.port > 0 ? graphics.port : undefined],
        ['Socket', graphics.socket ?? graphics.listens[0]?.socket],
      ],
    ),
  videos: (video: Devices['videos'][number]) =>
    simple(
      'video',
      `Video (${video.model?.type ?? 'default'})`,
      video.model?.vram ? `${formatBytes(video.model.vram * 1024)} of video memory` : '',
      [
        ['Model', video.model?.type],
        ['Heads', video.model?.heads],
      ],
    ),
  serials: (serial: Devices['serials'][number]) =>
    simple('serial', `Serial port ${(serial.target?.port ?? 0) + 1}`, 'Text console', [
      ['Type', serial.type],
      ['Path', serial.sources[0]?.path],
    ]),
  consoles: (item: Devices['consoles'][number]) =>
    simple('console', 'Console', `On ${item.target?.type ?? 'serial'} port ${item.target?.port ?? 0}`, [
      ['Type', item.type],
    ]),
  channels: (item: Devices['channels'][number]) =>
    simple(
      'channel',
      `Channel (${item.target?.name ?? item.type})`,
      item.target?.name === 'org.qemu.guest_agent.0' ? 'Guest agent' : '',
      [
        ['Type', item.type],
        ['Name', item.target?.name],
        ['State', item.target?.state],
      ],
    ),
  inputs: (input: Devices['inputs'][number]) =>
    simple('input', `${input.type} (${bus(input.bus) || input.bus || ''})`, 'Input', [
      ['Type', input.type],
      ['Bus', input.bus],
    ]),
  controllers: (item: Devices['controllers'][number]) =>
    simple('controller', `Controller ${item.type} ${item.index ?? ''}`.trim(), item.model ?? '', [
      ['Type', item.type],
      ['Model', item.model],
    ]),
  rngs: (rng: Devices['rngs'][number]) => simple('rng', 'Random numbers', 'VirtIO RNG', [['Model', rng.model]]),
  memballoons: (balloon: Devices['memballoons'][number]) =>
    simple('memballoon', 'Memory balloon', balloon.model ?? '', [['Model', balloon.model]]),
  watchdogs: (watchdog: Devices['watchdogs'][number]) =>
    simple('watchdog', `Watchdog (${watchdog.model})`, watchdog.action ?? 'reset', [
      ['Model', watchdog.model],
      ['Action', watchdog.action],
    ]),
  sounds: (sound: Devices['sounds'][number]) => simple('sound', `Sound (${sound.model})`, '', [['Model', sound.model]]),
  tpms: (tpm: Devices['tpms'][number]) => simple('tpm', `TPM (${tpm.model ?? ''})`, '', [['Model', tpm.model]]),
  vsocks: () => simple('vsock', 'Socket to the host (vsock)', ''),
  filesystems: () => simple('filesystem', 'Shared folder', ''),
  hostdevs: () => simple('hostdev', 'Host device', ''),
  panics: () => simple('panic', 'Panic notifier', ''),
} as const;

type Described = keyof typeof DESCRIBE;
const isDescribed = (key: string): key is Described => Object.hasOwn(DESCRIBE, key);
/** PCI bridges and ports are wiring, not devices that a person chose. */
const isWiring = (key: string, device: { readonly type?: unknown }): boolean =>
  key === 'controllers' && device.type === 'pci';

export function deviceViews(def: DomainDef): DeviceView[] {
  const views: DeviceView[] = [];
  for (const key of Object.keys(deviceFields)) {
    const devices = def.devices[key as keyof Devices];
    if (!Array.isArray(devices)) continue;
    for (const device of devices as { readonly type?: unknown; readonly alias?: { readonly name: string } }[]) {
      if (isWiring(key, device)) continue;
      const row = isDescribed(key) ? DESCRIBE[key](device as never) : simple('other', key.replace(/s$/, ''), '');
      views.push({
        kind: row.kind,
        label: row.label,
        summary: row.summary,
        xml: formatDevice(key, device),
        facts: row.facts.flatMap(([name, value]) =>
          value === undefined || value === '' ? [] : [{ name, value: String(value) }],
        ),
        ...(device.alias ? { alias: device.alias.name } : {}),
      });
    }
  }
  return views;
}

export async function domainDetails(obj: DomainObj, summary: DomainDetails['summary']): Promise<DomainDetails> {
  const def = obj.live?.def ?? obj.def;
  const logTail = (await obj.live?.process?.lastWords()) ?? '';
  return {
    summary,
    xml: formatDomain(def, { live: obj.live !== undefined }),
    machine: def.os.type.machine ?? '',
    architecture: def.os.type.arch ?? '',
    firmware: def.os.kernel
      ? 'kernel'
      : def.os.firmware === 'efi' || def.os.loader?.type === 'pflash'
        ? 'uefi'
        : 'bios',
    cpuModel: def.cpu?.model?.name ?? def.cpu?.mode ?? 'default',
    emulator: def.devices.emulator ?? '',
    maxMemoryKiB: def.memory?.kib ?? 0,
    devices: deviceViews(def),
    ...(obj.live && obj.isPersistent ? { inactiveXml: formatDomain(obj.def) } : {}),
    ...(def.description ? { description: def.description } : {}),
    ...(obj.live ? { logPath: obj.live.logPath } : {}),
    ...(logTail ? { logTail } : {}),
  };
}

// What a person calls each device of a definition, in a few words and facts. Pure; what is not described here is shown by its element's name.
import { formatBytes } from '../../../common/base/units.ts';
import type { DeviceKind } from '../../../common/model/domain.ts';
import type { DomainDef } from '../../conf/domain.ts';

type Devices = DomainDef['devices'];
type Facts = readonly (readonly [name: string, value: string | number | undefined])[];

const BUS_NAMES: Readonly<Record<string, string>> = {
  ps2: 'PS/2',
  virtio: 'VirtIO',
  sata: 'SATA',
  scsi: 'SCSI',
  ide: 'IDE',
  usb: 'USB',
  fdc: 'Floppy',
  sd: 'SD',
};
const bus = (name: string | undefined): string => (name === undefined ? '' : (BUS_NAMES[name] ?? name));

const CONTROLLER_NAMES: Readonly<Record<string, string>> = {
  ...BUS_NAMES,
  'virtio-serial': 'VirtIO serial',
  pci: 'PCI',
  ccid: 'Smart card',
};
const INPUT_NAMES: Readonly<Record<string, string>> = {
  tablet: 'Pointer that follows the mouse',
  mouse: 'Pointer',
  keyboard: 'Keys',
};
const TPM_NAMES: Readonly<Record<string, string>> = {
  emulator: 'Emulated (swtpm)',
  external: 'Emulated, run by somebody else',
  passthrough: 'This computer’s own',
};
const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export interface DeviceRow {
  readonly kind: DeviceKind;
  readonly label: string;
  readonly summary: string;
  readonly facts: Facts;
}

const describeDisk = (disk: Devices['disks'][number]): DeviceRow => {
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
const describeInterface = (nic: Devices['interfaces'][number]): DeviceRow => ({
  kind: 'interface',
  label: `Network (${nic.model?.type ?? 'default'})`,
  summary: `${NETWORK_NAMES[nic.type] ?? nic.type}${nic.source?.bridge ? ` ${nic.source.bridge}` : ''}`,
  facts: [
    ['Source', NETWORK_NAMES[nic.type] ?? nic.type],
    ['Bridge', nic.source?.bridge],
    ['Carried by', nic.type !== 'user' ? undefined : nic.backend?.type === 'passt' ? 'passt' : 'QEMU (slirp)'],
    ['Model', nic.model?.type],
    ['MAC address', nic.mac?.address],
    ['Link', nic.link?.state ?? 'up'],
    ['Boot order', nic.boot?.order],
  ],
});

export const simple = (kind: DeviceKind, label: string, summary: string, facts: Facts = []): DeviceRow => ({
  kind,
  label,
  summary,
  facts,
});

/** Device lists of a definition, in the order in which people look for them → how each is described. */
export const DESCRIBE = {
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
    simple('input', `${capitalize(input.type)} (${bus(input.bus) || 'default'})`, INPUT_NAMES[input.type] ?? 'Input', [
      ['Type', input.type],
      ['Bus', bus(input.bus)],
    ]),
  controllers: (item: Devices['controllers'][number]) =>
    simple(
      'controller',
      `${CONTROLLER_NAMES[item.type] ?? capitalize(item.type)} controller ${item.index ?? ''}`.trim(),
      item.model ?? '',
      [
        ['Type', item.type],
        ['Model', item.model],
      ],
    ),
  rngs: (rng: Devices['rngs'][number]) => simple('rng', 'Random numbers', 'VirtIO RNG', [['Model', rng.model]]),
  memballoons: (balloon: Devices['memballoons'][number]) =>
    simple('memballoon', 'Memory balloon', balloon.model ?? '', [['Model', balloon.model]]),
  watchdogs: (watchdog: Devices['watchdogs'][number]) =>
    simple('watchdog', `Watchdog (${watchdog.model})`, watchdog.action ?? 'reset', [
      ['Model', watchdog.model],
      ['Action', watchdog.action],
    ]),
  sounds: (sound: Devices['sounds'][number]) => simple('sound', `Sound (${sound.model})`, '', [['Model', sound.model]]),
  tpms: ({ model, backend }: Devices['tpms'][number]) =>
    simple('tpm', `TPM (${model ?? 'default'})`, TPM_NAMES[backend?.type ?? ''] ?? '', [
      ['Model', model],
      ['Type', TPM_NAMES[backend?.type ?? '']],
      ['Version', backend?.version],
      ['Kept when the machine is deleted', backend?.persistentState ? 'Yes' : undefined],
      ['Device', backend?.type === 'passthrough' ? backend.device?.path : undefined],
    ]),
  vsocks: () => simple('vsock', 'Socket to the host (vsock)', ''),
  filesystems: () => simple('filesystem', 'Shared folder', ''),
  hostdevs: () => simple('hostdev', 'Host device', ''),
  panics: () => simple('panic', 'Panic notifier', ''),
  audios: (audio: Devices['audios'][number]) =>
    simple('other', 'Audio backend', audio.type === 'none' ? 'No sound on this computer' : audio.type),
} as const;

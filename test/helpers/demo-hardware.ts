// The hardware of a machine of the demo host as rows and as XML, and what was changed of it since.
import type { DeviceView, DomainDetails, DomainSummary, Resources } from '../../src/common/model/domain.ts';
import type { PendingChange } from '../../src/common/model/pending.ts';
import { demoUuid } from './demo-machines.ts';

export const DEMO_MAC = '52:54:00:5b:1d:a3';
const INSTALL_ISO = '/home/ada/Downloads/debian-12.7.0-amd64-netinst.iso';

/** By UUID. */
export interface DemoHardware {
  /** What is in the CD-ROM drive; a machine that is not named has the installation medium. */
  readonly media: Map<string, string | undefined>;
  readonly unplugged: Set<string>;
  /** 'UUID alias' of what was taken out. */
  readonly removed: Set<string>;
  readonly descriptions: Map<string, string>;
  readonly lifecycle: Map<string, Readonly<Record<string, string>>>;
  readonly resources: Map<string, Partial<Resources>>;
  readonly pending: Map<string, readonly PendingChange[]>;
}

const WEB_PENDING: readonly PendingChange[] = [
  {
    field: 'vcpu',
    kind: 'changed',
    live: "<vcpu placement='static'>2</vcpu>",
    stored: "<vcpu placement='static'>4</vcpu>",
  },
  {
    field: 'memory',
    kind: 'changed',
    live: "<memory unit='KiB'>2097152</memory>",
    stored: "<memory unit='KiB'>4194304</memory>",
  },
  {
    field: 'devices.disk[vdb]',
    kind: 'added',
    device: 'disk',
    label: 'vdb',
    stored:
      "<disk type='file' device='disk'>\n  <driver name='qemu' type='qcow2'/>\n  <source file='/srv/images/logs.qcow2'/>\n  <target dev='vdb' bus='virtio'/>\n</disk>",
  },
];

export const newHardware = (): DemoHardware => ({
  media: new Map([[demoUuid(12), undefined]]),
  unplugged: new Set(),
  removed: new Set(),
  descriptions: new Map([
    [demoUuid(2), 'Builds every branch; the results are kept for a week. Ask Grace before you stop it.'],
  ]),
  pending: new Map([[demoUuid(1), WEB_PENDING]]),
  lifecycle: new Map(),
  resources: new Map(),
});

interface Row {
  readonly kind: DeviceView['kind'];
  readonly label: string;
  readonly summary: string;
  readonly alias?: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly xml: string;
}

export const imagePath = (summary: DomainSummary): string =>
  `/home/ada/.local/share/vivarium/images/${summary.name}.qcow2`;

const diskRow = (summary: DomainSummary): Row => ({
  kind: 'disk',
  label: 'VirtIO Disk (vda)',
  summary: imagePath(summary),
  alias: 'virtio-disk0',
  facts: { Source: imagePath(summary), Format: 'qcow2', Bus: 'VirtIO', Target: 'vda', Discard: 'unmap' },
  xml: `<disk type='file' device='disk'>
  <driver name='qemu' type='qcow2' discard='unmap'/>
  <source file='${imagePath(summary)}'/>
  <target dev='vda' bus='virtio'/>
  <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
</disk>`,
});

const driveRow = (medium: string | undefined): Row => ({
  kind: 'cdrom',
  label: 'SATA CD-ROM (sda)',
  summary: medium ?? 'empty',
  alias: 'sata0-0-0',
  facts: { Source: medium ?? 'No medium', Bus: 'SATA', Target: 'sda', Access: 'Read only' },
  xml: `<disk type='file' device='cdrom'>
  <driver name='qemu' type='raw'/>${medium ? `\n  <source file='${medium}'/>` : ''}
  <target dev='sda' bus='sata'/>
  <readonly/>
</disk>`,
});

const networkRow = (isUnplugged: boolean): Row => ({
  kind: 'interface',
  label: 'Network (virtio)',
  summary: 'User network (outgoing, no set-up)',
  alias: 'net0',
  facts: { Model: 'virtio', 'MAC address': DEMO_MAC, Link: isUnplugged ? 'down' : 'up' },
  xml: `<interface type='user'>
  <mac address='${DEMO_MAC}'/>
  <model type='virtio'/>${isUnplugged ? "\n  <link state='down'/>" : ''}
</interface>`,
});

const FIXED: readonly Row[] = [
  {
    kind: 'graphics',
    label: 'Display (VNC)',
    summary: 'Shown in this window',
    facts: { Type: 'VNC' },
    xml: "<graphics type='vnc' port='-1'/>",
  },
  {
    kind: 'video',
    label: 'Video (virtio)',
    summary: '',
    facts: { Model: 'virtio', Heads: '1' },
    xml: "<video>\n  <model type='virtio' heads='1' primary='yes'/>\n</video>",
  },
  {
    kind: 'serial',
    label: 'Serial port 0',
    summary: 'Shown in this window',
    alias: 'serial0',
    facts: { Target: 'isa-serial, port 0' },
    xml: "<serial type='pty'>\n  <target type='isa-serial' port='0'/>\n</serial>",
  },
  {
    kind: 'input',
    label: 'Tablet',
    summary: 'Pointer that follows the mouse',
    alias: 'input0',
    facts: { Bus: 'USB' },
    xml: "<input type='tablet' bus='usb'/>",
  },
  {
    kind: 'controller',
    label: 'USB controller 0',
    summary: 'qemu-xhci',
    facts: { Ports: '15' },
    xml: "<controller type='usb' index='0' model='qemu-xhci' ports='15'/>",
  },
  {
    kind: 'rng',
    label: 'Random numbers',
    summary: '/dev/urandom',
    alias: 'rng0',
    facts: { Model: 'virtio' },
    xml: "<rng model='virtio'>\n  <backend model='random'>/dev/urandom</backend>\n</rng>",
  },
  {
    kind: 'memballoon',
    label: 'Memory balloon',
    summary: 'virtio',
    facts: { Model: 'virtio' },
    xml: "<memballoon model='virtio'/>",
  },
  {
    kind: 'tpm',
    label: 'TPM',
    summary: 'emulated, 2.0',
    facts: { Model: 'tpm-crb' },
    xml: "<tpm model='tpm-crb'>\n  <backend type='emulator' version='2.0'/>\n</tpm>",
  },
];

const rowsOf = (summary: DomainSummary, hardware: DemoHardware): readonly Row[] =>
  [
    diskRow(summary),
    driveRow(hardware.media.has(summary.uuid) ? hardware.media.get(summary.uuid) : INSTALL_ISO),
    networkRow(hardware.unplugged.has(summary.uuid)),
    ...FIXED,
  ].filter((row) => !row.alias || !hardware.removed.has(`${summary.uuid} ${row.alias}`));

const toView = (summary: DomainSummary, { alias, facts, ...row }: Row): DeviceView => ({
  ...row,
  facts: Object.entries(facts).map(([name, value]) => ({ name, value })),
  ...(alias && summary.isActive ? { alias } : {}),
});

const demoXml = (summary: DomainSummary, rows: readonly Row[]): string =>
  `<domain type='${summary.accelerator === 'tcg' ? 'qemu' : 'kvm'}'>
  <name>${summary.name}</name>
  <uuid>${summary.uuid}</uuid>
  <!-- made by the demo host -->
  <memory unit='KiB'>${summary.memoryKiB}</memory>
  <vcpu placement='static'>${summary.vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <boot dev='hd'/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='host-passthrough' check='none' migratable='on'/>
  <clock offset='utc'>
    <timer name='rtc' tickpolicy='catchup'/>
    <timer name='hpet' present='no'/>
  </clock>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
${rows.map((row) => row.xml.replaceAll(/^/gm, '    ')).join('\n')}
  </devices>
</domain>
`;

export function demoDetails(summary: DomainSummary, hardware: DemoHardware): DomainDetails {
  const rows = rowsOf(summary, hardware);
  const description = hardware.descriptions.get(summary.uuid);
  return {
    summary,
    xml: demoXml(summary, rows),
    machine: 'pc-q35-7.2',
    architecture: 'x86_64',
    firmware: summary.name.startsWith('windows') ? 'uefi' : 'bios',
    cpuModel: summary.accelerator === 'tcg' ? 'maximum' : 'host-passthrough',
    emulator: '/usr/bin/qemu-system-x86_64',
    resources: {
      vcpus: summary.vcpus,
      maxVcpus: Math.max(4, summary.vcpus),
      memoryKiB: summary.memoryKiB,
      maxMemoryKiB: summary.memoryKiB * 2,
      ...hardware.resources.get(summary.uuid),
    },
    lifecycle: { poweroff: 'destroy', reboot: 'restart', crash: 'destroy', ...hardware.lifecycle.get(summary.uuid) },
    ...(description ? { description } : {}),
    devices: rows.map((row) => toView(summary, row)),
    logPath: `/home/ada/.local/state/vivarium/log/${summary.name}.log`,
    logTail: [
      '2026-11-24 11:30:02.114+0000: starting up Vivarium 0.1.0, qemu 7.2.22, kernel 6.1.0-28-amd64, hostname ada',
      `/usr/bin/qemu-system-x86_64 -name guest=${summary.name},debug-threads=on -S -machine pc-q35-7.2,usb=off,dump-guest-core=off -accel kvm -cpu host,migratable=on -m 2048 -smp 2,sockets=1,cores=2,threads=1`,
      '2026-11-24 11:30:02.171+0000: QMP is there after 31 ms',
      ...(summary.problem?.detail ? summary.problem.detail.split('\n') : []),
    ].join('\n'),
  };
}

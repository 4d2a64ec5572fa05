// The machines of the demo host: one in every state that the window can show. Plain data, the same at every run.
import type { BrokenFile, DeviceView, DiskFile, DomainDetails, DomainSummary } from '../../src/common/model/domain.ts';

const GIB_KIB = 1024 * 1024;
const GIB = 1024 ** 3;

/** A UUID that is told apart by its end. */
export const demoUuid = (number: number): string => `5f0c3a1e-7d42-4b8a-9c11-${number.toString(16).padStart(12, '0')}`;

export const DEMO_NOW = Date.UTC(2026, 10, 24, 14, 30);
const HOUR = 3_600_000;

const base: Omit<DomainSummary, 'uuid' | 'name'> = {
  state: 'shutoff',
  reason: 'shutdown',
  isActive: false,
  isPersistent: true,
  isAutostart: false,
  hasNewDefinition: false,
  memoryKiB: 2 * GIB_KIB,
  vcpus: 2,
  graphics: ['vnc'],
  serials: 1,
};

const running = (id: number, hours: number): Partial<DomainSummary> => ({
  id,
  state: 'running',
  reason: 'booted',
  isActive: true,
  startedAt: DEMO_NOW - hours * HOUR,
  accelerator: 'kvm',
  pid: 40_000 + id * 17,
});

const machine = (number: number, name: string, more: Partial<DomainSummary>): DomainSummary => ({
  ...base,
  uuid: demoUuid(number),
  name,
  ...more,
});

const debian = { osId: 'http://debian.org/debian/12', osName: 'Debian 12' };
const fedora = { osId: 'http://fedoraproject.org/fedora/41', osName: 'Fedora Workstation 41' };
const windows = { osId: 'http://microsoft.com/win/11', osName: 'Microsoft Windows 11' };

export const demoMachines = (): readonly DomainSummary[] => [
  machine(1, 'web-server', { ...running(3, 52), ...debian, isAutostart: true, hasNewDefinition: true }),
  machine(2, 'build-farm', { ...running(5, 3), ...fedora, memoryKiB: 8 * GIB_KIB, vcpus: 4 }),
  machine(3, 'windows-11', { ...windows, memoryKiB: 8 * GIB_KIB, vcpus: 4, serials: 0 }),
  machine(4, 'database', {
    ...running(6, 20),
    ...debian,
    state: 'paused',
    reason: 'ioerror',
    memoryKiB: 4 * GIB_KIB,
    problem: {
      code: 'OPERATION_FAILED',
      message: "disk 'vda' of domain 'database' is out of space: the machine is paused",
      detail: 'block I/O error in device vda: No space left on device (28)',
      at: DEMO_NOW - 120_000,
    },
  }),
  machine(5, 'old-router', {
    osName: 'OpenWrt 23.05',
    graphics: [],
    memoryKiB: 256 * 1024,
    vcpus: 1,
    state: 'crashed',
    reason: 'crashed',
    problem: {
      code: 'OPERATION_FAILED',
      message: "QEMU of domain 'old-router' ended unexpectedly (signal 6, aborted)",
      detail:
        "qemu-system-x86_64: -device virtio-net-pci: PCI: slot 3 function 0 not available\nqemu-system-x86_64: hw/core/qdev.c:553: qdev_assert_realized_properly_cb: Assertion `dev->realized' failed.",
      at: DEMO_NOW - 900_000,
    },
  }),
  machine(6, 'kvm-test', {
    ...fedora,
    reason: 'failed',
    problem: {
      code: 'NO_SUPPORT',
      message: 'KVM is there but this computer can not start a guest with it',
      detail: 'qemu-system-x86_64: failed to initialize kvm: Input/output error',
      at: DEMO_NOW - 40_000,
    },
  }),
  machine(7, 'ci-runner-17', { ...running(9, 0.2), ...debian, isPersistent: false, accelerator: 'tcg', vcpus: 1 }),
  machine(8, 'laptop-copy', { ...running(8, 7), osName: 'Ubuntu 24.04 LTS', state: 'pmsuspended', reason: 'guest' }),
  machine(9, 'kiosk', {
    ...running(10, 1),
    osName: 'Alpine Linux 3.20',
    state: 'shutdown',
    reason: 'user',
    memoryKiB: 512 * 1024,
  }),
  machine(10, 'a-machine-with-a-very-long-name-that-does-not-fit-anywhere-in-the-list', {
    osName: 'Red Hat Enterprise Linux 9.4',
  }),
  machine(11, 'homeassistant', { osName: undefined, title: 'Home Assistant' }),
];

export const demoBroken: readonly BrokenFile[] = [
  {
    path: '/home/ada/.config/vivarium/qemu/mail.xml',
    name: 'mail.xml',
    message: 'mail.xml:14:9: unexpected close tag.',
  },
];

/** `count` machines for lists that must not slow down. */
export const manyMachines = (count: number): readonly DomainSummary[] =>
  Array.from({ length: count }, (_, index) =>
    machine(1000 + index, `node-${String(index + 1).padStart(5, '0')}`, {
      ...debian,
      ...(index % 50 === 0 ? running(index + 1, index % 90) : {}),
    }),
  );

const device = (
  kind: DeviceView['kind'],
  label: string,
  summary: string,
  facts: Record<string, string>,
  xml: string,
): DeviceView => ({
  kind,
  label,
  summary,
  facts: Object.entries(facts).map(([name, value]) => ({ name, value })),
  xml,
});

const disksXml = (path: string): string => `<disk type="file" device="disk">
  <driver name="qemu" type="qcow2" discard="unmap"/>
  <source file="${path}"/>
  <target dev="vda" bus="virtio"/>
  <address type="pci" domain="0x0000" bus="0x04" slot="0x00" function="0x0"/>
</disk>`;

const imagePath = (summary: DomainSummary): string => `/home/ada/.local/share/vivarium/images/${summary.name}.qcow2`;

const demoDevices = (summary: DomainSummary): readonly DeviceView[] => [
  device(
    'disk',
    'Disk vda',
    `${imagePath(summary)}, qcow2`,
    { Bus: 'virtio', Format: 'qcow2', Cache: 'default', Discard: 'unmap' },
    disksXml(imagePath(summary)),
  ),
  device(
    'cdrom',
    'CD-ROM sda',
    'debian-12.7.0-amd64-netinst.iso',
    { Bus: 'sata', 'Read-only': 'yes' },
    '<disk type="file" device="cdrom">\n  <target dev="sda" bus="sata"/>\n  <readonly/>\n</disk>',
  ),
  device(
    'interface',
    'Network 52:54:00:5b:1d:a3',
    'virtio, shared with this computer',
    { Model: 'virtio', 'MAC address': '52:54:00:5b:1d:a3', Source: 'user' },
    '<interface type="user">\n  <mac address="52:54:00:5b:1d:a3"/>\n  <model type="virtio"/>\n</interface>',
  ),
  device('graphics', 'Screen', 'VNC on a socket of this computer', { Type: 'vnc' }, '<graphics type="vnc" port="-1"/>'),
  device(
    'video',
    'Video',
    'virtio',
    { Model: 'virtio', Heads: '1' },
    '<video>\n  <model type="virtio" heads="1" primary="yes"/>\n</video>',
  ),
  device(
    'serial',
    'Serial port 0',
    'pty',
    { Target: 'isa-serial, port 0' },
    '<serial type="pty">\n  <target type="isa-serial" port="0"/>\n</serial>',
  ),
  device('input', 'Tablet', 'usb', { Bus: 'usb' }, '<input type="tablet" bus="usb"/>'),
  device(
    'controller',
    'USB controller 0',
    'qemu-xhci',
    { Ports: '15' },
    '<controller type="usb" index="0" model="qemu-xhci" ports="15"/>',
  ),
  device(
    'rng',
    'Random numbers',
    '/dev/urandom',
    { Model: 'virtio' },
    '<rng model="virtio">\n  <backend model="random">/dev/urandom</backend>\n</rng>',
  ),
  device('memballoon', 'Memory balloon', 'virtio', { Model: 'virtio' }, '<memballoon model="virtio"/>'),
  device(
    'tpm',
    'TPM',
    'emulated, 2.0',
    { Model: 'tpm-crb' },
    '<tpm model="tpm-crb">\n  <backend type="emulator" version="2.0"/>\n</tpm>',
  ),
];

export const demoXml = (
  summary: DomainSummary,
): string => `<domain type="${summary.accelerator === 'tcg' ? 'qemu' : 'kvm'}">
  <name>${summary.name}</name>
  <uuid>${summary.uuid}</uuid>
  <!-- made by the demo host -->
  <memory unit="KiB">${summary.memoryKiB}</memory>
  <vcpu placement="static">${summary.vcpus}</vcpu>
  <os>
    <type arch="x86_64" machine="pc-q35-7.2">hvm</type>
    <boot dev="hd"/>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode="host-passthrough" check="none" migratable="on"/>
  <clock offset="utc">
    <timer name="rtc" tickpolicy="catchup"/>
    <timer name="hpet" present="no"/>
  </clock>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
${demoDevices(summary)
  .map((row) => row.xml.replaceAll(/^/gm, '    '))
  .join('\n')}
  </devices>
</domain>
`;

export const demoDetails = (summary: DomainSummary): DomainDetails => ({
  summary,
  xml: demoXml(summary),
  machine: 'pc-q35-7.2',
  architecture: 'x86_64',
  firmware: summary.name.startsWith('windows') ? 'uefi' : 'bios',
  cpuModel: summary.accelerator === 'tcg' ? 'maximum' : 'host-passthrough',
  emulator: '/usr/bin/qemu-system-x86_64',
  maxMemoryKiB: summary.memoryKiB,
  devices: [...demoDevices(summary)],
  logPath: `/home/ada/.local/state/vivarium/log/${summary.name}.log`,
  logTail: [
    '2026-11-24 11:30:02.114+0000: starting up Vivarium 0.1.0, qemu 7.2.22, kernel 6.1.0-28-amd64, hostname ada',
    `/usr/bin/qemu-system-x86_64 -name guest=${summary.name},debug-threads=on -S -machine pc-q35-7.2,usb=off,dump-guest-core=off -accel kvm -cpu host,migratable=on -m 2048 -smp 2,sockets=1,cores=2,threads=1`,
    '2026-11-24 11:30:02.171+0000: QMP is there after 31 ms',
    ...(summary.problem?.detail ? summary.problem.detail.split('\n') : []),
  ].join('\n'),
});

export const demoDisks = (summary: DomainSummary): readonly DiskFile[] => [
  {
    target: 'vda',
    path: imagePath(summary),
    format: 'qcow2',
    device: 'disk',
    isReadOnly: false,
    capacityBytes: 20 * GIB,
    allocationBytes: 7.4 * GIB,
    isMissing: false,
    usedBy: [],
  },
  {
    target: 'vdb',
    path: '/srv/images/shared-data.qcow2',
    format: 'qcow2',
    device: 'disk',
    isReadOnly: false,
    capacityBytes: 200 * GIB,
    allocationBytes: 121 * GIB,
    isMissing: false,
    usedBy: ['database', 'build-farm'],
  },
  {
    target: 'sda',
    path: '/home/ada/Downloads/debian-12.7.0-amd64-netinst.iso',
    format: 'raw',
    device: 'cdrom',
    isReadOnly: true,
    capacityBytes: 661_651_456,
    allocationBytes: 661_651_456,
    isMissing: false,
    usedBy: [],
  },
  {
    target: 'vdc',
    path: '/mnt/usb/scratch.img',
    format: 'raw',
    device: 'disk',
    isReadOnly: false,
    isMissing: true,
    usedBy: [],
  },
];

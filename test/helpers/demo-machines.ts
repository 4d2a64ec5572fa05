// The machines of the demo host: one in every state that the window can show. Plain data, the same at every run.
import type { BrokenFile, DomainSummary } from '../../src/common/model/domain.ts';

const GIB_KIB = 1024 * 1024;

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
  machine(1, 'web-server', {
    ...running(3, 52),
    ...debian,
    isAutostart: true,
    hasNewDefinition: true,
    agent: 'disconnected',
  }),
  machine(2, 'build-farm', { ...running(5, 3), ...fedora, memoryKiB: 8 * GIB_KIB, vcpus: 4, agent: 'connected' }),
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
  machine(12, 'mail-archive', { osName: 'Ubuntu 24.04 LTS', reason: 'saved', hasManagedSave: true }),
  machine(13, 'design-studio', {
    ...running(11, 5),
    ...fedora,
    state: 'paused',
    reason: 'saving',
    memoryKiB: 6 * GIB_KIB,
    vcpus: 4,
  }),
  machine(14, 'staging', {
    osName: 'Ubuntu 24.04 LTS',
    reason: 'failed',
    hasManagedSave: true,
    problem: {
      code: 'OPERATION_FAILED',
      message: "the saved state of domain 'staging' can't be restored",
      detail:
        'qemu-system-x86_64: Unknown ramblock "0000:00:02.0/vga.vram", cannot accept migration\nqemu-system-x86_64: error while loading state for instance 0x0 of device \'ram\'',
      at: DEMO_NOW - 300_000,
    },
  }),
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

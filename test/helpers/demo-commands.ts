// What has been done on the demo host before somebody looks, and what is being done.
import type { CommandRecord } from '../../src/common/model/command.ts';
import { demoUuid } from './demo-machines.ts';

export const initialCommands = (now: number): CommandRecord[] => [
  {
    id: 1,
    procedure: 'domain.start',
    label: 'Start kvm-test',
    domain: { uuid: demoUuid(6), name: 'kvm-test' },
    state: 'failed',
    canCancel: false,
    queuedAt: now - 41_000,
    startedAt: now - 41_000,
    endedAt: now - 40_000,
    error: {
      code: 'NO_SUPPORT',
      message: 'KVM is there but this computer can not start a guest with it',
      detail: 'qemu-system-x86_64: failed to initialize kvm: Input/output error',
    },
  },
  {
    id: 2,
    procedure: 'domain.start',
    label: 'Start web-server',
    domain: { uuid: demoUuid(1), name: 'web-server' },
    state: 'done',
    canCancel: false,
    queuedAt: now - 30_000,
    endedAt: now - 29_970,
  },
  {
    id: 3,
    procedure: 'machine.create',
    label: 'Create windows-10',
    domain: { name: 'windows-10' },
    state: 'running',
    progress: { text: 'Copying the disk: 24 of 60 GiB', fraction: 0.4 },
    canCancel: true,
    queuedAt: now - 20_000,
    startedAt: now - 20_000,
  },
  {
    id: 4,
    procedure: 'domain.reboot',
    label: 'Reboot kiosk',
    domain: { uuid: demoUuid(9), name: 'kiosk' },
    state: 'queued',
    canCancel: true,
    queuedAt: now - 1000,
  },
  {
    id: 5,
    procedure: 'domain.managedSave',
    label: 'Save design-studio',
    domain: { uuid: demoUuid(13), name: 'design-studio' },
    state: 'running',
    progress: { text: 'Saving memory, 2.3 GiB left at 1.2 GiB/s', fraction: 0.62 },
    canCancel: true,
    queuedAt: now - 4000,
    startedAt: now - 4000,
  },
];

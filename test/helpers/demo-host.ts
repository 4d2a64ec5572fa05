// What the demo host answers to questions about itself, about systems, images and files.
import type { Output } from '../../src/common/contract/procedures.ts';
import { virError } from '../../src/common/errors.ts';
import type { DoctorCheck, HostInfo } from '../../src/common/model/host.ts';
import type { MachineDefaults, MachineSource, MediaInfo, OsSummary } from '../../src/common/model/machine.ts';
import { DEMO_NOW } from './demo-machines.ts';

const GIB = 1024 ** 3;
const GIB_KIB = 1024 * 1024;

export const demoHost = (accelerator: 'kvm' | 'tcg'): HostInfo => ({
  hostName: 'ada',
  cpus: 12,
  cpuModel: 'AMD Ryzen 5 7600 6-Core Processor',
  memoryKiB: 32 * GIB_KIB,
  freeMemoryKiB: 14 * GIB_KIB,
  imageDir: '/home/ada/.local/share/vivarium/images',
  freeImageBytes: 212 * GIB,
  emulator: '/usr/bin/qemu-system-x86_64',
  emulatorVersion: '7.2.22',
  accelerator,
  ...(accelerator === 'tcg' ? { acceleratorReason: 'You may not use /dev/kvm (you are not in the group “kvm”)' } : {}),
  hasUefi: true,
  bridges: ['br0'],
});

export const demoChecks: readonly DoctorCheck[] = [
  { id: 'kvm', title: 'KVM', status: 'ok', finding: '/dev/kvm works; machines run at full speed.' },
  { id: 'qemu', title: 'QEMU', status: 'ok', finding: 'qemu-system-x86_64 7.2.22 in /usr/bin.' },
  { id: 'ovmf', title: 'UEFI firmware (OVMF)', status: 'ok', finding: 'OVMF_CODE_4M.fd in /usr/share/OVMF.' },
  {
    id: 'passt',
    title: 'passt',
    status: 'missing',
    finding: 'passt is not installed.',
    consequence: 'Machines use QEMU’s own network (slirp) instead, which is slower and has no IPv6 of its own.',
    fix: 'Install the package passt.',
    command: 'sudo apt install passt',
  },
  {
    id: 'swtpm',
    title: 'TPM emulator (swtpm)',
    status: 'missing',
    finding: 'swtpm is not installed.',
    consequence: 'Windows 11 and other systems that need a TPM can not be installed.',
    fix: 'Install the package swtpm.',
    command: 'sudo apt install swtpm',
  },
  {
    id: 'bridge-helper',
    title: 'Bridge helper',
    status: 'warning',
    finding: 'qemu-bridge-helper is there, but may not be used with the bridge br0.',
    consequence: 'Machines can not have an address of their own on your network.',
    fix: 'Allow the bridge in /etc/qemu/bridge.conf.',
    command: "echo 'allow br0' | sudo tee -a /etc/qemu/bridge.conf",
  },
  { id: 'render', title: 'Render node', status: 'ok', finding: '/dev/dri/renderD128 can be used.' },
];

const system = (id: string, name: string, vendor: string, releaseDate: string, isEndOfLife = false): OsSummary => ({
  id,
  name,
  vendor,
  family: 'linux',
  releaseDate,
  isEndOfLife,
});

export const demoSystems: readonly OsSummary[] = [
  system('http://debian.org/debian/12', 'Debian 12', 'Debian Project', '2023-06-10'),
  system('http://debian.org/debian/11', 'Debian 11', 'Debian Project', '2021-08-14'),
  system('http://debian.org/debian/8', 'Debian 8', 'Debian Project', '2015-04-25', true),
  system('http://fedoraproject.org/fedora/41', 'Fedora Linux 41', 'Fedora Project', '2024-10-29'),
  system('http://ubuntu.com/ubuntu/24.04', 'Ubuntu 24.04 LTS', 'Canonical Ltd', '2024-04-25'),
  system('http://microsoft.com/win/11', 'Microsoft Windows 11', 'Microsoft Corporation', '2021-10-05'),
  system('http://archlinux.org/archlinux/rolling', 'Arch Linux', 'Arch Linux', '2002-03-11'),
  system('http://alpinelinux.org/alpinelinux/3.20', 'Alpine Linux 3.20', 'Alpine Linux Project', '2024-05-22'),
];

export function demoMedia(path: string): MediaInfo {
  if (path.includes('missing')) throw virError('NO_STORAGE_VOL', `there is no file '${path}'`);
  if (path.endsWith('.iso'))
    return {
      path,
      sizeBytes: 661_651_456,
      kind: 'iso9660',
      isBootable: true,
      label: 'Debian 12.7.0 amd64 n',
      osId: 'http://debian.org/debian/12',
      osName: 'Debian 12',
    };
  return { path, sizeBytes: 9.2 * GIB, kind: 'disk image', isBootable: true };
}

export function demoDefaults(
  source: MachineSource,
  osId: string | undefined,
  names: ReadonlySet<string>,
): MachineDefaults {
  const stem = source.kind === 'demo' ? 'demo' : osId?.includes('debian') ? 'debian12' : 'machine';
  let name = stem;
  for (let number = 2; names.has(name); number += 1) name = `${stem}-${number}`;
  if (source.kind === 'demo')
    return {
      name,
      memoryKiB: 128 * 1024,
      vcpus: 1,
      diskBytes: 0,
      firmware: 'bios',
      basis: 'what the demo guest needs',
    };
  const isKnown = osId !== undefined;
  return {
    name,
    memoryKiB: (isKnown ? 2 : 1) * GIB_KIB,
    vcpus: 2,
    diskBytes: 20 * GIB,
    firmware: 'bios',
    basis: isKnown ? 'recommended for Debian 12' : 'usual for an unknown system',
    ...(isKnown ? { minimumMemoryKiB: 512 * 1024 } : {}),
  };
}

const entry = (folder: string, name: string, sizeBytes: number) => ({
  name,
  path: `${folder}/${name}`,
  isDirectory: sizeBytes === 0,
  sizeBytes,
  modifiedAt: DEMO_NOW,
});

export function demoFiles(path = '/home/ada/Downloads'): Output<'files.list'> {
  const parent = path.slice(0, path.lastIndexOf('/')) || '/';
  return {
    path,
    ...(path === '/' ? {} : { parent }),
    entries: [
      entry(path, 'Archive', 0),
      entry(path, 'Old machines', 0),
      entry(path, 'Fedora-Workstation-Live-x86_64-41-1.4.iso', 2_398_523_392),
      entry(path, 'debian-12.7.0-amd64-netinst.iso', 661_651_456),
      entry(path, 'notes.txt', 4_212),
      entry(path, 'virtio-win-0.1.262.iso', 725_063_680),
    ],
    places: [
      { label: 'Home', path: '/home/ada' },
      { label: 'Downloads', path: '/home/ada/Downloads' },
      { label: 'Images', path: '/home/ada/.local/share/vivarium/images' },
      { label: 'Computer', path: '/' },
    ],
  };
}

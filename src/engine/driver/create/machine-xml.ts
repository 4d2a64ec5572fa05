// The definition that the create wizard makes: pure, from a specification and what is known of the host and the system. Defaults follow virt-install's
// (virtinst/guest.py): q35, virtio where the system has drivers, a tablet, a serial console, rng, balloon and the guest agent's channel.
import type { MachineSpec } from '../../../common/model/machine.ts';

export interface MachineFacts {
  readonly emulator: string;
  /** Where the new or imported disk lies; undefined: none. */
  readonly disk: { readonly path: string; readonly format: string } | undefined;
  readonly kernel?:
    | { readonly kernel: string; readonly initrd?: string | undefined; readonly cmdline?: string | undefined }
    | undefined;
  /** What the system has drivers for. Unknown systems get what nearly all can use. */
  readonly hasVirtioDisk: boolean;
  readonly hasVirtioNet: boolean;
  readonly isWindows: boolean;
}

const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&apos;');

const indent = (lines: readonly string[], by: string): string => lines.map((line) => `${by}${line}`).join('\n');

/** Boot order: what installs comes second, so that an installed disk wins and an empty one falls through to the medium. */
const order = (position: number): string => `<boot order='${position}'/>`;

function diskLines(spec: MachineSpec, facts: MachineFacts): string[] {
  const lines: string[] = [];
  if (facts.disk) {
    const [target, bus] = facts.hasVirtioDisk ? ['vda', 'virtio'] : ['sda', 'sata'];
    lines.push(
      "<disk type='file' device='disk'>",
      `  <driver name='qemu' type='${facts.disk.format}' discard='unmap'/>`,
      `  <source file='${escapeXml(facts.disk.path)}'/>`,
      `  <target dev='${target}' bus='${bus}'/>`,
      `  ${order(1)}`,
      '</disk>',
    );
  }
  if (spec.source.kind === 'iso') {
    lines.push(
      "<disk type='file' device='cdrom'>",
      "  <driver name='qemu' type='raw'/>",
      `  <source file='${escapeXml(spec.source.path)}'/>`,
      "  <target dev='sdb' bus='sata'/>",
      '  <readonly/>',
      `  ${order(2)}`,
      '</disk>',
    );
  }
  return lines;
}

function interfaceLines(spec: MachineSpec, facts: MachineFacts): string[] {
  if (spec.network.kind === 'none') return [];
  const boot = spec.source.kind === 'network' ? [`  ${order(2)}`] : [];
  const model = `  <model type='${facts.hasVirtioNet ? 'virtio' : 'e1000e'}'/>`;
  if (spec.network.kind === 'user') return ["<interface type='user'>", model, ...boot, '</interface>'];
  return [
    "<interface type='bridge'>",
    `  <source bridge='${escapeXml(spec.network.bridge)}'/>`,
    model,
    ...boot,
    '</interface>',
  ];
}

/** Secure Boot only where the system wants it: under it firmware refuses every medium that is not signed, and says only "Access Denied". */
const secureBootLines = (isWanted: boolean): string[] => {
  const enabled = isWanted ? 'yes' : 'no';
  return [
    '  <firmware>',
    `    <feature enabled='${enabled}' name='secure-boot'/>`,
    `    <feature enabled='${enabled}' name='enrolled-keys'/>`,
    '  </firmware>',
  ];
};

function osLines(spec: MachineSpec, facts: MachineFacts): string[] {
  const { kernel } = facts;
  const firmware = spec.firmware === 'uefi' ? " firmware='efi'" : '';
  return [
    `<os${firmware}>`,
    "  <type arch='x86_64' machine='q35'>hvm</type>",
    ...(spec.firmware === 'uefi' ? secureBootLines(facts.isWindows) : []),
    ...(kernel ? [`  <kernel>${escapeXml(kernel.kernel)}</kernel>`] : []),
    ...(kernel?.initrd ? [`  <initrd>${escapeXml(kernel.initrd)}</initrd>`] : []),
    ...(kernel?.cmdline ? [`  <cmdline>${escapeXml(kernel.cmdline)}</cmdline>`] : []),
    '</os>',
  ];
}

function metadataLines(spec: MachineSpec): string[] {
  if (!spec.osId) return [];
  return [
    '<metadata>',
    "  <libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>",
    `    <libosinfo:os id='${escapeXml(spec.osId)}'/>`,
    '  </libosinfo:libosinfo>',
    '</metadata>',
  ];
}

/** A slot for each device that it begins with, and some for those that are plugged in while it runs: no port can be added then. */
const ROOT_PORTS = 10;

/** The XML of a new machine, without a UUID or addresses: those are post-parse's. */
export function machineXml(spec: MachineSpec, facts: MachineFacts): string {
  const devices = [
    `<emulator>${escapeXml(facts.emulator)}</emulator>`,
    ...diskLines(spec, facts),
    ...interfaceLines(spec, facts),
    "<serial type='pty'/>",
    "<console type='pty'/>",
    "<channel type='unix'>",
    "  <target type='virtio' name='org.qemu.guest_agent.0'/>",
    '</channel>',
    "<controller type='usb' model='qemu-xhci' ports='15'/>",
    ...Array.from({ length: ROOT_PORTS }, () => "<controller type='pci' model='pcie-root-port'/>"),
    "<input type='tablet' bus='usb'/>",
    "<graphics type='vnc'/>",
    // Every system and every installer can show a plain VGA.
    "<video><model type='vga'/></video>",
    "<memballoon model='virtio' freePageReporting='on'/>",
    "<rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>",
  ];
  return [
    "<domain type='kvm'>",
    `  <name>${escapeXml(spec.name)}</name>`,
    indent(metadataLines(spec), '  '),
    `  <memory unit='KiB'>${spec.memoryKiB}</memory>`,
    `  <vcpu>${spec.vcpus}</vcpu>`,
    indent(osLines(spec, facts), '  '),
    '  <features><acpi/><apic/></features>',
    // All as cores of one socket: desktop systems are licensed and limited by sockets.
    `  <cpu mode='host-passthrough'><topology sockets='1' dies='1' cores='${spec.vcpus}' threads='1'/></cpu>`,
    `  <clock offset='${facts.isWindows ? 'localtime' : 'utc'}'>`,
    "    <timer name='rtc' tickpolicy='catchup'/><timer name='pit' tickpolicy='delay'/><timer name='hpet' present='no'/>",
    '  </clock>',
    '  <devices>',
    indent(devices, '    '),
    '  </devices>',
    '</domain>',
  ]
    .filter((part) => part.trim() !== '')
    .join('\n');
}

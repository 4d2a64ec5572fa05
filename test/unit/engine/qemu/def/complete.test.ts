// Rules of completing a definition, one table a rule: what is given, what must come of it.
import { describe, expect, it } from 'vitest';
import type { PciAddress } from '../../../../../src/engine/conf/address.ts';
import { type DomainDef, parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { completeDomain } from '../../../../../src/engine/qemu/def/complete.ts';
import type { PostParseContext } from '../../../../../src/engine/qemu/def/context.ts';
import { assignUsbAddresses } from '../../../../../src/engine/qemu/def/usb-address.ts';
import { defineContext } from '../../../../helpers/define-context.ts';

interface Given {
  readonly machine?: string;
  readonly type?: string;
  readonly head?: string;
  readonly devices?: string;
  readonly context?: Partial<PostParseContext>;
}

function complete({ machine = 'q35', type = 'kvm', head = '', devices = '', context = {} }: Given): DomainDef {
  const xml = `<domain type='${type}'><name>t</name><memory unit='MiB'>512</memory>${head}<os><type arch='x86_64' machine='${machine}'>hvm</type></os><devices>${devices}</devices></domain>`;
  return completeDomain(parseDomain(xml).def, { ...defineContext(), ...context });
}

const place = (address: unknown): string => {
  const { bus, slot, function: fn, multifunction } = address as PciAddress;
  return `${bus}:${slot}.${fn}${multifunction ? '+' : ''}`;
};
const controllers = (def: DomainDef): readonly string[] =>
  def.devices.controllers.map(
    ({ type, index, model, address }) =>
      `${type}${index}${model ? ` ${model}` : ''}${address?.type === 'pci' ? ` ${place(address)}` : ''}`,
  );

const net = (model: string): string => `<interface type='user'><model type='${model}'/></interface>`;

describe('PCI layout', () => {
  it('of an i440FX is flat, IDE and USB on the PIIX3', () => {
    const def = complete({
      machine: 'pc',
      devices: `${net('virtio')}<disk type='file'><source file='/a'/><target dev='hda'/></disk>`,
    });
    expect(controllers(def)).toEqual(['usb0 piix3-uhci 0:1.2', 'pci0 pci-root', 'ide0 0:1.1']);
    expect(place(def.devices.interfaces[0]?.address)).toBe('0:2.0');
    expect(place(def.devices.memballoons[0]?.address)).toBe('0:3.0');
  });

  it('of a q35 gives each device a root port, and one is left for later', () => {
    const def = complete({ devices: net('virtio') });
    expect(controllers(def)).toEqual([
      'usb0 qemu-xhci 2:0.0',
      'sata0 0:31.2',
      'pci0 pcie-root',
      'pci1 pcie-root-port 0:1.0+',
      'pci2 pcie-root-port 0:1.1',
      'pci3 pcie-root-port 0:1.2',
      'pci4 pcie-root-port 0:1.3',
    ]);
    expect(place(def.devices.interfaces[0]?.address)).toBe('1:0.0');
  });

  it('of a q35 puts the first card where QEMU would, and ports behind it', () => {
    const def = complete({ devices: "<graphics type='vnc'/><video><model type='virtio'/></video>" });
    expect(place(def.devices.videos[0]?.address)).toBe('0:1.0');
    expect(controllers(def)[3]).toBe('pci1 pcie-root-port 0:2.0+');
  });

  it('of a q35 gets a bridge for what is no PCI Express', () => {
    expect(controllers(complete({ devices: net('rtl8139') })).slice(3, 5)).toEqual([
      'pci1 pcie-root-port 0:1.0+',
      'pci2 pcie-to-pci-bridge 1:0.0',
    ]);
  });

  it('keeps what is given, and fills around it', () => {
    const def = complete({
      machine: 'pc',
      devices: `<interface type='user'><address type='pci' domain='0' bus='0' slot='2' function='0'/></interface>${net('e1000')}`,
    });
    expect(def.devices.interfaces.map(({ address }) => place(address))).toEqual(['0:2.0', '0:3.0']);
  });

  it('of parts of one USB 2 controller is one slot', () => {
    const parts = ['ehci1', 'uhci1', 'uhci2', 'uhci3']
      .map((part) => `<controller type='usb' index='0' model='ich9-${part}'/>`)
      .join('');
    expect(controllers(complete({ machine: 'pc', devices: parts })).slice(0, 4)).toEqual([
      'usb0 ich9-ehci1 0:2.7',
      'usb0 ich9-uhci1 0:2.0+',
      'usb0 ich9-uhci2 0:2.1',
      'usb0 ich9-uhci3 0:2.2',
    ]);
  });
});

describe('drive addresses', () => {
  it.each([
    ['hda', 'ide', '0 0 0'],
    ['hdd', 'ide', '0 1 1'],
    ['sdc', 'sata', '0 0 2'],
    ['sdg', 'sata', '1 0 0'],
    ['sdh', 'scsi', '1 0 0'],
    ['fdb', 'fdc', '0 0 1'],
  ])('%s on %s is controller, bus, unit %s', (dev, bus, expected) => {
    const device = bus === 'fdc' ? 'floppy' : 'disk';
    const def = complete({
      machine: 'pc',
      devices: `<disk type='file' device='${device}'><source file='/a'/><target dev='${dev}' bus='${bus}'/></disk>`,
    });
    const address = def.devices.disks[0]?.address;
    expect(address?.type === 'drive' && `${address.controller} ${address.bus} ${address.unit}`).toBe(expected);
  });

  it('bring their controllers', () => {
    const def = complete({ devices: "<disk type='file'><source file='/a'/><target dev='sdh' bus='scsi'/></disk>" });
    expect(controllers(def).filter((line) => line.startsWith('scsi'))).toHaveLength(2);
  });
});

describe('USB ports', () => {
  const tablets = (count: number): string => "<input type='tablet' bus='usb'/>".repeat(count);

  it('are left to the start where not all are given', () => {
    expect(complete({ devices: tablets(1) }).devices.inputs[0]?.address).toBeUndefined();
  });

  it('are given in order, and hubs are added when they run out', () => {
    const def = assignUsbAddresses(complete({ machine: 'pc', devices: tablets(4) }));
    expect(def.devices.hubs).toHaveLength(1);
    const ports = def.devices.inputs.flatMap(({ address }) => (address?.type === 'usb' ? [address.port] : []));
    expect(ports).toEqual(['2', '1.1', '1.2', '1.3']);
  });

  it('that are taken twice are refused', () => {
    const one = "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1'/></input>";
    expect(() => complete({ devices: one + one })).toThrowError(/Duplicate USB address bus 0 port 1/);
  });
});

describe('defaults', () => {
  it('of a domain', () => {
    const def = complete({});
    expect(def).toMatchObject({
      uuid: '00000000-0000-4000-8000-000000000001',
      vcpu: { placement: 'static', max: 1 },
      currentMemory: 512 * 1024,
      clock: { offset: 'utc' },
      onPoweroff: 'destroy',
      onReboot: 'restart',
      onCrash: 'destroy',
      cpu: { mode: 'custom', match: 'exact', check: 'none', model: { name: 'qemu64', fallback: 'forbid' } },
    });
    expect(def.os.boots).toEqual([{ dev: 'hd' }]);
    expect(def.devices.audios).toEqual([{ id: 1, type: 'none' }]);
    expect(def.devices.watchdogs).toMatchObject([{ model: 'itco', action: 'reset' }]);
  });

  it('of a machine by its alias can be the machine behind it', () => {
    expect(complete({ context: { resolveMachineAlias: true } }).os.type.machine).toBe('pc-q35-7.2');
  });

  it.each([
    ["<cpu mode='host-passthrough'/>", { mode: 'host-passthrough', check: 'none', migratable: true }],
    ["<cpu mode='host-model'/>", { mode: 'host-model', check: 'partial' }],
    [
      '<cpu><model>EPYC</model></cpu>',
      { mode: 'custom', match: 'exact', check: 'partial', model: { fallback: 'allow' } },
    ],
    [
      "<cpu><topology sockets='1' cores='1' threads='1'/></cpu>",
      { model: { name: 'qemu64' }, topology: { dies: 1, clusters: 1 } },
    ],
  ])('of %s', (head, cpu) => expect(complete({ head }).cpu).toMatchObject(cpu));

  it('of a console and a serial port are of one another', () => {
    const def = complete({ devices: "<console type='pty'/>" });
    expect(def.devices.serials).toMatchObject([
      { type: 'pty', target: { type: 'isa-serial', port: 0, model: { name: 'isa-serial' } } },
    ]);
    expect(def.devices.consoles).toMatchObject([{ type: 'pty', target: { type: 'serial', port: 0 } }]);
  });

  it.each([
    ["<graphics type='vnc'/>", { port: -1, autoport: true, listens: [{ type: 'address' }] }],
    [
      "<graphics type='vnc' port='5905' listen='::1'/>",
      { port: 5905, autoport: false, listens: [{ type: 'address', address: '::1' }] },
    ],
    ["<graphics type='vnc' socket='/s'/>", { socket: '/s', listens: [{ type: 'socket', socket: '/s' }] }],
    ["<graphics type='spice'/>", { listens: [{ type: 'none' }] }],
    ["<graphics type='spice' autoport='yes'/>", { autoport: true, listens: [{ type: 'address' }] }],
  ])('of %s', (devices, graphics) => expect(complete({ devices }).devices.graphics[0]).toMatchObject(graphics));
});

describe('firmware', () => {
  const efi = (inner = '', head = '<features><acpi/></features>'): DomainDef => {
    const xml = `<domain type='kvm'><name>t</name><memory>524288</memory><os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type>${inner}</os>${head}<devices/></domain>`;
    return completeDomain(parseDomain(xml).def, defineContext());
  };

  it('is the first that fits: with Secure Boot, its keys, and SMM', () => {
    const def = efi();
    expect(def.os.loader).toMatchObject({
      path: '/usr/share/OVMF/OVMF_CODE_4M.ms.fd',
      secure: true,
      readonly: true,
      type: 'pflash',
    });
    expect(def.os.nvram).toMatchObject({
      template: '/usr/share/OVMF/OVMF_VARS_4M.ms.fd',
      path: '/var/nvram/t_VARS.fd',
    });
    expect(def.features?.smm?.state).toBe(true);
  });

  it.each([
    ["<firmware><feature enabled='no' name='secure-boot'/></firmware>", 'OVMF_CODE_4M.fd'],
    ["<firmware><feature enabled='no' name='enrolled-keys'/></firmware>", 'OVMF_CODE_4M.secboot.fd'],
    ["<loader secure='no'/>", 'OVMF_CODE_4M.fd'],
  ])('follows what is wished: %s', (inner, code) => expect(efi(inner).os.loader?.path).toBe(`/usr/share/OVMF/${code}`));

  it('without SMM is the one that needs none', () => {
    expect(efi('', "<features><acpi/><smm state='off'/></features>").os.loader?.path).toBe(
      '/usr/share/OVMF/OVMF_CODE_4M.fd',
    );
  });

  it('that the host does not have is refused', () => {
    expect(() => efi("<loader stateless='yes'/>")).toThrowError(/Unable to find 'efi' firmware/);
    expect(() => efi('', '')).toThrowError(/UEFI requires ACPI/);
  });
});

describe('a definition that makes no sense', () => {
  it.each([
    [
      'two devices on one target',
      {},
      "<disk type='file'><source file='/a'/><target dev='vda'/></disk>".repeat(2),
      /target 'vda' duplicated/,
    ],
    [
      'a partition as a target',
      {},
      "<disk type='file'><source file='/a'/><target dev='vda1'/></disk>",
      /partitions can't appear/,
    ],
    ['a disk without a source', {}, "<disk type='file'><target dev='vda'/></disk>", /disk 'vda' has no source/],
    [
      'a floppy on virtio',
      {},
      "<disk type='file' device='cdrom'><target dev='vda' bus='virtio'/></disk>",
      /does not support ejectable media/,
    ],
    [
      'a thread that is not there',
      {},
      "<disk type='file'><driver iothread='3'/><source file='/a'/><target dev='vda'/></disk>",
      /iothread '3' not defined/,
    ],
    [
      'a port forward of slirp',
      {},
      "<interface type='user'><portForward proto='tcp'/></interface>",
      /can only be used with the 'passt' backend/,
    ],
    [
      'a multicast MAC address',
      {},
      "<interface type='user'><mac address='53:54:00:00:00:01'/></interface>",
      /expected unicast mac/,
    ],
    ['a serial port that leads nowhere', {}, "<serial type='unix'/>", /Missing source path/],
    ...(
      [
        ['the first off', "<vcpu id='0' enabled='no'/>", /vcpu 0 can't be offline/],
        ['the first one that can go', "<vcpu id='0' enabled='yes' hotpluggable='yes'/>", /vcpu0 can't be hotpluggable/],
        [
          'one beyond the most',
          "<vcpu id='0' enabled='yes'/><vcpu id='3' enabled='no'/>",
          /vcpu id '3' is out of range/,
        ],
        [
          'one of the start behind one that can go',
          "<vcpu id='0' enabled='yes'/><vcpu id='2' enabled='yes'/>",
          /need to be ordered prior to hotplugable/,
        ],
        [
          'one that is off and can never come',
          "<vcpu id='0' enabled='yes'/><vcpu id='1' enabled='no' hotpluggable='no'/>",
          /vcpu '1' is both offline and not hotpluggable/,
        ],
        [
          'an order of some',
          "<vcpu id='0' enabled='yes' order='1'/><vcpu id='1' enabled='yes'/>",
          /all vcpus must have either set or unset order/,
        ],
        [
          'one of which it says nothing',
          "<vcpu id='0' enabled='yes'/><vcpu id='1'/>",
          /Missing required attribute 'enabled'/,
        ],
      ] as const
    ).map(
      ([what, list, message]) =>
        [`of the vCPUs ${what}`, { head: `<vcpu>3</vcpu><vcpus>${list}</vcpus>` }, '', message] as const,
    ),
    ['more vCPUs than the machine takes', { head: '<vcpu>4000</vcpu>' }, '', /machine type limit 288/],
    ['more vCPUs now than ever', { head: "<vcpu current='4'>2</vcpu>" }, '', /maxvcpus must not be less/],
    [
      'memory modules without room',
      {},
      "<memory model='dimm'><target><size>1024</size></target></memory>",
      /'maxMemory' is not defined/,
    ],
    [
      'a USB tablet without USB',
      {},
      "<controller type='usb' model='none'/><input type='tablet' bus='usb'/>",
      /USB bus is disabled/,
    ],
    [
      'a controller beyond all counting',
      {},
      "<disk type='file'><source file='/a'/><target dev='sda' bus='sata'/><address type='drive' controller='4000000000'/></disk>",
      /beyond the highest, 255/,
    ],
    ['threads beyond all counting', { head: '<iothreads>9000000</iothreads>' }, '', /more than the highest number/],
    [
      'a topology that does not add up',
      { head: "<vcpu>4</vcpu><cpu><topology sockets='1' cores='2' threads='1'/></cpu>" },
      '',
      /topology doesn't match/,
    ],
    [
      'one alias for two',
      {},
      "<interface type='user'><alias name='ua-a'/></interface>".repeat(2),
      /non unique alias detected: ua-a/,
    ],
    [
      'SPICE channels without SPICE',
      {},
      "<redirdev bus='usb' type='spicevmc'/>",
      /not supported without spice graphics/,
    ],
    ['a bridge without a name', {}, "<interface type='bridge'/>", /No <source> 'bridge' attribute/],
    [
      'virtiofs without shared memory',
      {},
      "<filesystem><driver type='virtiofs'/><source dir='/a'/><target dir='t'/></filesystem>",
      /requires shared memory/,
    ],
    ['two screens of a kind', {}, "<graphics type='vnc'/>".repeat(2), /only 1 graphics device of each type/],
    ['two balloons', {}, "<memballoon model='virtio'/>".repeat(2), /only a single memory balloon/],
  ] as const)('is refused: %s', (_what, given, devices, message) => {
    expect(() => complete({ ...given, devices })).toThrowError(message);
  });
});

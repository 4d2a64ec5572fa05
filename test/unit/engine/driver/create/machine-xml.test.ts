// The definitions that the wizard makes are complete and accepted by post-parse, for every kind of source.
import { describe, expect, it } from 'vitest';
import type { MachineSpec } from '../../../../../src/common/model/machine.ts';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { type MachineFacts, machineXml } from '../../../../../src/engine/driver/create/machine-xml.ts';
import { completeDomain } from '../../../../../src/engine/qemu/def/complete.ts';
import { recordedCapabilities } from '../../../../helpers/fake-context.ts';

const facts: MachineFacts = {
  emulator: '/usr/bin/qemu-system-x86_64',
  disk: undefined,
  hasVirtioDisk: true,
  hasVirtioNet: true,
  isWindows: false,
};
const spec = (change: Partial<MachineSpec>): MachineSpec => ({
  name: "a & b's <vm>",
  source: { kind: 'network' },
  memoryKiB: 1048576,
  vcpus: 2,
  firmware: 'bios',
  network: { kind: 'user' },
  start: true,
  ...change,
});
const complete = (xml: string) => {
  const { def, warnings } = parseDomain(xml);
  return {
    warnings,
    def: completeDomain(def, {
      caps: { ...recordedCapabilities, kvm: true },
      newUuid: () => '11111111-2222-3333-4444-555555555555',
      randomMac: () => '52:54:00:00:00:01',
      host: { arch: 'x86_64' },
    }),
  };
};

describe('the definition of a new machine', () => {
  it('says what was chosen, escaped, and nothing that the parser does not know', () => {
    const { def, warnings } = complete(machineXml(spec({ osId: 'http://debian.org/debian/12' }), facts));
    expect(warnings).toEqual([]);
    expect(def).toMatchObject({
      name: "a & b's <vm>",
      type: 'kvm',
      memory: { kib: 1048576 },
      vcpu: { max: 2 },
      cpu: { mode: 'host-passthrough', topology: { sockets: 1, cores: 2, threads: 1 } },
    });
    expect(def.metadata?.children[0]?.children[0]?.attributes.id).toBe('http://debian.org/debian/12');
  });

  it('boots an ISO after its own disk, so that an installed system comes up without it', () => {
    const { def } = complete(
      machineXml(spec({ source: { kind: 'iso', path: "/i's.iso" } }), {
        ...facts,
        disk: { path: '/d.qcow2', format: 'qcow2' },
      }),
    );
    expect(
      def.devices.disks.map(({ device, source, target, boot, driver }) => [
        device,
        source?.file,
        target?.bus,
        boot?.order,
        driver?.type,
      ]),
    ).toEqual([
      ['disk', '/d.qcow2', 'virtio', 1, 'qcow2'],
      ['cdrom', "/i's.iso", 'sata', 2, 'raw'],
    ]);
  });

  it('gives a system without virtio drivers what it knows', () => {
    const { def } = complete(
      machineXml(spec({ source: { kind: 'import', path: '/d.vmdk', format: 'vmdk', copy: false } }), {
        ...facts,
        disk: { path: '/d.vmdk', format: 'vmdk' },
        hasVirtioDisk: false,
        hasVirtioNet: false,
        isWindows: true,
      }),
    );
    expect([def.devices.disks[0]?.target?.bus, def.devices.interfaces[0]?.model?.type, def.clock?.offset]).toEqual([
      'sata',
      'e1000e',
      'localtime',
    ]);
  });

  it('boots from the network first after an empty disk, from a bridge where one was chosen, and without any network', () => {
    const bridge = complete(machineXml(spec({ network: { kind: 'bridge', bridge: 'br0' } }), facts)).def.devices
      .interfaces[0];
    expect([bridge?.type, bridge?.source?.bridge, bridge?.boot?.order]).toEqual(['bridge', 'br0', 2]);
    expect(
      complete(machineXml(spec({ source: { kind: 'iso', path: '/i' }, network: { kind: 'none' } }), facts)).def.devices
        .interfaces,
    ).toEqual([]);
  });

  it('starts a kernel directly, with its command line escaped', () => {
    const kernel = { kernel: '/k', initrd: '/i', cmdline: 'console=ttyS0 init="/a b" <&>' };
    expect(
      complete(machineXml(spec({ source: { kind: 'kernel', ...kernel } }), { ...facts, kernel })).def.os,
    ).toMatchObject(kernel);
  });
});

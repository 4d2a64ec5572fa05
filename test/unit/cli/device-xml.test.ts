import { describe, expect, it } from 'vitest';
import { buildDiskXml, buildInterfaceXml } from '../../../src/cli/device-xml.ts';

describe('the XML of attach-disk', () => {
  it('is virsh’s', () => {
    expect(buildDiskXml('/d.raw', 'vdb', false, {})).toBe(
      "<disk type='file'>\n  <source file='/d.raw'/>\n  <target dev='vdb'/>\n</disk>",
    );
    const options = { targetbus: 'scsi', driver: 'qemu', subdriver: 'qcow2', cache: 'none', serial: 'abc' };
    expect(buildDiskXml('/d.raw', 'vdb', false, options)).toBe(
      "<disk type='file'>\n  <driver name='qemu' type='qcow2' cache='none'/>\n  <source file='/d.raw'/>\n  <target dev='vdb' bus='scsi'/>\n  <serial>abc</serial>\n</disk>",
    );
  });

  it('knows a block device, an empty drive, modes and addresses', () => {
    expect(buildDiskXml('/dev/sdb', 'vdb', true, {})).toContain("<disk type='block'>\n  <source dev='/dev/sdb'/>");
    expect(buildDiskXml('', 'sda', false, { type: 'cdrom', mode: 'readonly' })).toBe(
      "<disk type='file' device='cdrom'>\n  <target dev='sda'/>\n  <readonly/>\n</disk>",
    );
    expect(buildDiskXml('/d', 'vdb', false, { address: 'pci:0000.00.07.0', multifunction: true })).toContain(
      "<address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0' multifunction='on'/>",
    );
    expect(buildDiskXml('/d', 'sda', false, { address: 'scsi:0.0.1' })).toContain(
      "<address type='drive' controller='0' bus='0' target='0' unit='1'/>",
    );
    expect(() => buildDiskXml('/d', 'sda', false, { address: 'moon:1' })).toThrow("Invalid address 'moon:1'");
    expect(() => buildDiskXml('/d', 'sda', false, { mode: 'rw' })).toThrow(
      "No support for rw in command 'attach-disk'",
    );
  });

  it('lets no sign of a path be markup', () => {
    expect(buildDiskXml("/a'b<c>&.raw", 'vdb', false, {})).toContain("<source file='/a&#39;b&#60;c&#62;&#38;.raw'/>");
  });
});

describe('the XML of attach-interface', () => {
  it('is virsh’s', () => {
    expect(buildInterfaceXml('bridge', 'br0', { model: 'virtio', mac: '52:54:00:1:2:3', inbound: '100,200' })).toBe(
      "<interface type='bridge'>\n  <source bridge='br0'/>\n  <mac address='52:54:00:1:2:3'/>\n  <model type='virtio'/>\n  <bandwidth>\n    <inbound average='100' peak='200'/>\n  </bandwidth>\n</interface>",
    );
    expect(buildInterfaceXml('user', '', {})).toBe("<interface type='user'>\n</interface>");
    expect(() => buildInterfaceXml('moon', 'x', {})).toThrow("No support for moon in command 'attach-interface'");
    expect(() => buildInterfaceXml('bridge', 'x', { inbound: 'fast' })).toThrow('inbound format is incorrect');
  });
});

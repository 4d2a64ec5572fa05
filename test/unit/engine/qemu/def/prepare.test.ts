import { describe, expect, it } from 'vitest';
import { type DomainDef, formatDomain, parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { completeDomain } from '../../../../../src/engine/qemu/def/complete.ts';
import { prepareDomain, shortName, withoutOwnConsoles } from '../../../../../src/engine/qemu/def/prepare.ts';
import { defineContext } from '../../../../helpers/define-context.ts';

const define = (devices: string): DomainDef =>
  completeDomain(
    parseDomain(
      `<domain type='kvm'><name>web</name><memory>524288</memory><os><type machine='q35'>hvm</type></os><devices>${devices}</devices></domain>`,
    ).def,
    defineContext(),
  );
const start = (devices: string): DomainDef =>
  prepareDomain(define(devices), { mode: 'live', id: 3, paths: { runtimeDir: '/run/web' } });

describe('a live copy', () => {
  it('names every device as libvirt does', () => {
    const { devices } = start(`
      <disk type='file'><source file='/a'/><target dev='vdb' bus='virtio'/></disk>
      <disk type='file'><source file='/b'/><target dev='sda' bus='sata'/></disk>
      <interface type='user'/><interface type='user'><alias name='ua-lan'/></interface>
      <rng model='virtio'><backend model='builtin'/></rng>`);
    expect(devices.disks.map(({ alias }) => alias?.name)).toEqual(['virtio-disk1', 'sata0-0-0']);
    expect(devices.interfaces.map(({ alias }) => alias?.name)).toEqual(['net0', 'ua-lan']);
    expect(devices.controllers.slice(0, 4).map(({ alias }) => alias?.name)).toEqual(['usb', 'ide', 'pcie.0', 'pci.1']);
    expect(devices.rngs[0]?.alias?.name).toBe('rng0');
  });

  it('keeps its text consoles and its screen as sockets of this user alone', () => {
    const { devices } = start(`<serial type='pty'/><console type='pty'><target type='virtio'/></console>
      <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel><graphics type='vnc'/>`);
    expect(devices.serials[0]).toMatchObject({
      type: 'unix',
      sources: [{ mode: 'bind', path: '/run/web/serial0.sock' }],
    });
    expect(devices.consoles[0]).toMatchObject({ type: 'unix', alias: { name: 'serial0' } });
    expect(devices.consoles[1]?.sources[0]?.path).toBe('/run/web/console1.sock');
    expect(devices.channels[0]?.sources[0]?.path).toBe('/run/web/org.qemu.guest_agent.0.sock');
    expect(devices.graphics[0]?.listens).toEqual([{ type: 'socket', socket: '/run/web/vnc.sock' }]);
  });

  it('listens on an address only where one was asked for', () => {
    const { devices } = start("<graphics type='vnc' port='5901' listen='0.0.0.0'/>");
    expect(devices.graphics[0]).toMatchObject({ port: 5901, listens: [{ type: 'address', address: '0.0.0.0' }] });
  });

  it('leaves a serial port that goes somewhere alone', () => {
    expect(start("<serial type='file'><source path='/log'/></serial>").devices.serials[0]).toMatchObject({
      type: 'file',
    });
  });

  it('adds nothing to the definition that is written', () => {
    const def = define("<serial type='pty'/>");
    const live = prepareDomain(def, { mode: 'libvirt', id: 3, paths: { runtimeDir: '/run/web' } });
    expect(formatDomain(live)).toBe(formatDomain(def));
    expect(formatDomain(live, { live: true })).toContain("<domain type='kvm' id='3'>");
    expect(formatDomain(live, { live: true })).toContain("<alias name='serial0'/>");
  });
});

describe('a channel whose name leads elsewhere', () => {
  it.each(['../../../.bashrc', '/etc/x', '..', 'a/b', ''])('%j stays in the run’s folder', (name) => {
    const { devices } = start(`<channel type='unix'><target type='virtio' name='${name}'/></channel>`);
    expect(devices.channels[0]?.sources[0]?.path).toBe('/run/web/channel0.sock');
  });
});

describe('what a start made up', () => {
  it('is taken out for a saved file, and made up anew by the start from it', () => {
    const live = start(
      "<serial type='pty'/><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel><graphics type='vnc'/>",
    );
    const saved = withoutOwnConsoles(live, '/run/web');
    expect(formatDomain(saved)).not.toContain('/run/web');
    const again = prepareDomain(saved, { mode: 'live', id: 4, paths: { runtimeDir: '/run/other' } });
    expect(formatDomain(again).replaceAll('/run/other', '/run/web')).toBe(formatDomain(live));
  });
});

describe('a short name', () => {
  it('has 20 signs of the name at most', () => {
    expect(shortName({ ...define(''), name: 'a-name-longer-than-twenty-signs' }, 7)).toBe('7-a-name-longer-than-t');
  });
});

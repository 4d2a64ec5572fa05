import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseXml } from '../../../../../src/engine/conf/xml.ts';
import { formatDomainCapabilities } from '../../../../../src/engine/driver/host/domain-capabilities.ts';
import type { QemuCapabilities } from '../../../../../src/engine/qemu/def/capabilities.ts';

const caps = JSON.parse(
  readFileSync(new URL('../../../../data/caps/qemu-7.2.json', import.meta.url), 'utf8'),
) as QemuCapabilities;
const format = (machine: string, flags = caps.flags): string => {
  const found = caps.machines.find(({ name, alias }) => name === machine || alias === machine);
  if (!found) throw new Error(machine);
  const host = { emulator: '/usr/bin/qemu-system-x86_64', virtType: 'qemu', machine: found, firmwares: [] } as const;
  return formatDomainCapabilities({ ...caps, flags }, host).join('\n');
};
const valuesOf = (xml: string, name: string): readonly string[] =>
  [...(new RegExp(`<enum name='${name}'>([\\s\\S]*?)</enum>`).exec(xml)?.[1] ?? '').matchAll(/<value>(.*?)</g)].map(
    ([, value]) => value ?? '',
  );

describe('the capabilities of domains', () => {
  it('are well-formed, and libvirt’s for this emulator', () => {
    const root = parseXml(format('pc'));
    expect([root.name, ...root.children.map(({ name }) => name)]).toEqual([
      'domainCapabilities',
      'path',
      'domain',
      'machine',
      'arch',
      'vcpu',
      'iothreads',
      'os',
      'cpu',
      'memoryBacking',
      'devices',
      'features',
    ]);
    // As virsh domcapabilities tells them of the same binary.
    expect(valuesOf(format('pc'), 'bus')).toEqual(['ide', 'fdc', 'scsi', 'virtio', 'usb', 'sata']);
    expect(valuesOf(format('pc'), 'modelType')).toEqual([
      'vga',
      'cirrus',
      'vmvga',
      'qxl',
      'virtio',
      'none',
      'bochs',
      'ramfb',
    ]);
    expect(valuesOf(format('pc'), 'backendModel')).toEqual(['random', 'egd', 'builtin']);
  });

  it('have no IDE disk on q35, and nothing that the emulator lacks', () => {
    expect(valuesOf(format('q35'), 'bus')).not.toContain('ide');
    expect(format('q35')).toContain("<vcpu max='288'/>");
    const without = caps.flags.filter((flag) => !['CIRRUS_VGA', 'SPICE', 'OBJECT_RNG_EGD'].includes(flag));
    expect(valuesOf(format('pc', without), 'modelType')).not.toContain('cirrus');
    expect(valuesOf(format('pc', without), 'backendModel')).toEqual(['random', 'builtin']);
    expect(format('pc', without)).not.toContain('spice');
  });
});

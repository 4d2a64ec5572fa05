import { describe, expect, it } from 'vitest';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { withResources } from '../../../../../src/engine/driver/devices/resources.ts';

const topology = (attributes: string): string => `<cpu mode='host-passthrough'><topology ${attributes}/></cpu>`;
const domain = (vcpu: string, cpu = ''): ReturnType<typeof parseDomain>['def'] =>
  parseDomain(
    `<domain type='kvm'><name>n</name><memory unit='MiB'>2048</memory>${vcpu}<os><type>hvm</type></os>${cpu}</domain>`,
  ).def;

describe('processors and memory in one step', () => {
  it('lowers what is in use with the most, and raises the most alone', () => {
    const def = domain("<vcpu current='2'>4</vcpu>");
    expect(withResources(def, { maxVcpus: 8, maxMemoryKiB: 4096 * 1024 })).toMatchObject({
      vcpu: { max: 8, current: 2 },
      memory: { kib: 4096 * 1024 },
      currentMemory: 4096 * 1024,
    });
    expect(withResources(def, { maxVcpus: 1, maxMemoryKiB: 1024 })).toMatchObject({
      vcpu: { max: 1, current: undefined },
      memory: { kib: 1024 },
      currentMemory: 1024,
    });
    expect(withResources(def, { vcpus: 4, memoryKiB: 1024 })).toMatchObject({
      vcpu: { max: 4, current: undefined },
      memory: { kib: 2048 * 1024 },
      currentMemory: 1024,
    });
  });

  it.each([
    ["sockets='1' dies='1' cores='2' threads='1'", { sockets: 1, cores: 6, threads: 1 }],
    ["sockets='1' cores='1' threads='2'", { sockets: 1, cores: 3, threads: 2 }],
    ["sockets='4' cores='1' threads='1'", { sockets: 1, cores: 6, threads: 1 }],
  ])('fits the cores of <topology %s> to six processors', (attributes, fitted) => {
    const max = attributes.includes("'4'") ? 4 : 2;
    const def = withResources(domain(`<vcpu>${max}</vcpu>`, topology(attributes)), { maxVcpus: 6, vcpus: 6 });
    expect(def.cpu?.topology).toMatchObject(fitted);
  });
});

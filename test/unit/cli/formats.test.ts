import { describe, expect, it } from 'vitest';
import { blockTable, interfaceTable } from '../../../src/cli/commands/devices.ts';
import { statsFields } from '../../../src/cli/commands/domstats.ts';
import { topologyOf } from '../../../src/cli/commands/node.ts';
import { numberOption } from '../../../src/cli/context.ts';
import { formatTable } from '../../../src/cli/output.ts';

describe('the devices of a domain', () => {
  const blocks = [
    { type: 'file', device: 'disk', target: 'vda', source: '/images/web.qcow2' },
    { type: 'file', device: 'cdrom', target: 'sda' },
  ];

  it('are virsh’s table of targets and sources, an empty drive a dash', () => {
    expect(formatTable(...blockTable(blocks, false))).toEqual([
      ' Target   Source',
      '-----------------------------',
      ' vda      /images/web.qcow2',
      ' sda      -',
    ]);
  });

  it('come with their types where details are asked for', () => {
    expect(formatTable(...blockTable(blocks, true)).slice(0, 3)).toEqual([
      ' Type   Device   Target   Source',
      '---------------------------------------------',
      ' file   disk     vda      /images/web.qcow2',
    ]);
  });

  it('are, of the network, virsh’s five columns', () => {
    expect(formatTable(...interfaceTable([{ type: 'user', model: 'virtio', mac: '52:54:00:00:00:01' }]))).toEqual([
      ' Interface   Type   Source   Model    MAC',
      '---------------------------------------------------------',
      ' -           user   -        virtio   52:54:00:00:00:01',
    ]);
  });
});

describe('the figures of a domain', () => {
  const stats = {
    uuid: 'u',
    name: 'web',
    state: 'running',
    reason: 'booted',
    memoryKiB: 1024,
    maxMemoryKiB: 2048,
    vcpus: 1,
    maxVcpus: 2,
    live: { cpuTimeNs: 30, userTimeNs: 20, systemTimeNs: 10, residentKiB: 512, vcpuTimesNs: [7] },
  } as const;
  const names = (options: Record<string, boolean>): string =>
    statsFields({ ...stats, live: { ...stats.live, vcpuTimesNs: [7] } }, options)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ');

  it('have libvirt’s names and numbers', () => {
    expect(names({})).toBe(
      'state.state=1 state.reason=1 cpu.time=30 cpu.user=20 cpu.system=10 balloon.current=1024 balloon.maximum=2048 balloon.rss=512 vcpu.current=1 vcpu.maximum=2 vcpu.0.state=1 vcpu.0.time=7',
    );
  });

  it('are those of the groups that were asked for', () => {
    expect(names({ state: true, vcpu: false })).toBe('state.state=1 state.reason=1');
    expect(names({ cpuTotal: true })).toBe('cpu.time=30 cpu.user=20 cpu.system=10');
  });

  it('leave out what only a running one has', () => {
    const { live: _, ...off } = stats;
    expect(statsFields({ ...off, state: 'shutoff', reason: 'destroyed' }, {})).toEqual([
      ['state.state', 5],
      ['state.reason', 2],
      ['balloon.current', 1024],
      ['balloon.maximum', 2048],
      ['vcpu.current', 1],
      ['vcpu.maximum', 2],
    ]);
  });
});

describe('the topology of the host', () => {
  it.each([
    ['one core', [[0, 0]], 1, { sockets: 1, cores: 1, threads: 1 }],
    [
      'two threads of one core',
      [
        [0, 0],
        [0, 0],
      ],
      1,
      { sockets: 1, cores: 1, threads: 2 },
    ],
    [
      'two cells of one socket each',
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      2,
      { sockets: 1, cores: 2, threads: 1 },
    ],
    ['nothing that /sys tells', [], 1, { sockets: 1, cores: 1, threads: 1 }],
  ])('is counted from %s', (_, places, cells, expected) => {
    const found = (places as [number, number][]).map(([socket, core]) => ({ socket, core }));
    expect(topologyOf(found, cells as number)).toEqual(expected);
  });
});

describe('a number behind an option', () => {
  it('is read, or refused in virsh’s words', () => {
    expect(numberOption({ timeout: '5' }, 'timeout')).toBe(5);
    expect(numberOption({}, 'timeout')).toBeUndefined();
    for (const value of ['', 'abc', '-1', '1.5', true])
      expect(() => numberOption({ timeout: value }, 'timeout')).toThrow(
        `Numeric value '${value}' for <timeout> option is malformed or out of range`,
      );
  });
});

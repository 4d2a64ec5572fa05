// Statistics of a domain over a monitor that we script: what is read of QEMU's replies, and what becomes of a QEMU that does not answer.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../../../src/common/base/emitter.ts';
import { virError } from '../../../../../src/common/errors.ts';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import type { MonitorPort } from '../../../../../src/engine/driver/host/host-port.ts';
import { DomainObj, type LiveDomain } from '../../../../../src/engine/driver/registry/domain-obj.ts';
import { blockErrors, blockInfo, blockStats } from '../../../../../src/engine/driver/stats/block-stats.ts';
import { domainStats } from '../../../../../src/engine/driver/stats/domain-stats.ts';
import { memoryStats, viewGuestStats } from '../../../../../src/engine/driver/stats/memory-stats.ts';
import { createStatsQueries } from '../../../../../src/engine/driver/stats/stats-queries.ts';
import { tinyDomain } from '../../../../helpers/domain-xml.ts';
import { createFakeContext } from '../../../../helpers/fake-context.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

const UUID = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const { signal } = new AbortController();

const counters = (seed: number) => ({
  rd_bytes: seed,
  wr_bytes: seed + 1,
  rd_operations: seed + 2,
  wr_operations: seed + 3,
  flush_operations: seed + 4,
  rd_total_time_ns: seed + 5,
  wr_total_time_ns: seed + 6,
  flush_total_time_ns: seed + 7,
});
const DISK0 = '/machine/peripheral/virtio-disk0/virtio-backend';
const ALL_ONES = 2 ** 64;

/** Replies by command; a function is called, a promise waited for. */
type Replies = Record<string, unknown>;
const replies: Replies = {
  'query-balloon': { actual: 64 * 1024 * 1024 },
  'qom-get': {
    stats: { 'stat-free-memory': 4096, 'stat-swap-in': ALL_ONES, 'stat-major-faults': 7 },
    'last-update': 5,
  },
  'qom-set': {},
  'query-blockstats': [
    { device: '', qdev: 'sata0-0-0', stats: counters(500) },
    { device: '', qdev: DISK0, 'node-name': 'n', stats: counters(100) },
  ],
  'query-block': [
    {
      device: '',
      qdev: DISK0,
      'io-status': 'nospace',
      inserted: { image: { filename: '/x', 'virtual-size': 1000, 'actual-size': 10 } },
    },
    { device: '', qdev: 'sata0-0-0', 'io-status': 'ok' },
  ],
};

function setUp(script: Replies = replies, period = "<stats period='3'/>") {
  const dir = tempDir();
  const disk = join(dir, 'disk.raw');
  writeFileSync(disk, Buffer.alloc(8192));
  const { def } = parseDomain(
    tinyDomain({
      name: 'web',
      uuid: UUID,
      devices: `<disk type='file' device='disk'><source file='${disk}'/><target dev='vda' bus='virtio'/><alias name='virtio-disk0'/></disk>
        <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><alias name='sata0-0-0'/></disk>
        <interface type='user'><mac address='52:54:00:00:00:01'/></interface>
        <interface type='ethernet'><mac address='52:54:00:00:00:02'/><target dev='lo'/></interface>
        <interface type='bridge'><mac address='52:54:00:00:00:03'/><source bridge='br0'/></interface>
        <memballoon model='virtio'>${period}<alias name='balloon0'/></memballoon>`,
    }),
  );
  const asked: { readonly command: string; readonly args: unknown }[] = [];
  const monitor = {
    isClosed: false,
    onEvent: new Emitter<never>().event,
    onClose: new Emitter<string>().event,
    execute: (async (command: string, args: unknown) => {
      asked.push({ command, args });
      const reply = script[command];
      if (reply === undefined) throw virError('OPERATION_FAILED', `no ${command}`);
      return typeof reply === 'function' ? reply(args) : reply;
    }) as unknown as MonitorPort['execute'],
    close: () => undefined,
  };
  const live = {
    def,
    monitor,
    phase: 'running',
    vcpuThreads: [process.pid],
    process: { identity: { pid: process.pid, startTime: '' } },
  } as unknown as LiveDomain;
  const context = createFakeContext(new FakeHost({ step: async () => undefined }));
  const make = () => new DomainObj({ uuid: UUID, def, isPersistent: true });
  const { entry: obj } = context.list.add({ uuid: UUID, name: 'web' }, { checkLive: false }, make);
  obj.live = live;
  obj.state = 'running';
  return { dir, disk, context, obj, live, asked, script };
}

/** A QEMU that takes a question and says nothing. */
const hung = (): Replies => {
  const never = new Promise(() => undefined);
  return Object.fromEntries(Object.keys(replies).map((command) => [command, never]));
};

describe('the statistics of a domain', () => {
  it('are those of process, balloon, disks and host network devices', async () => {
    const { obj, disk } = setUp();
    const stats = await domainStats(obj);
    expect(stats.balloon).toMatchObject({ actualKiB: 65536, unusedKiB: 4, majorFaults: 7, lastUpdate: 5 });
    expect(stats.balloon).not.toHaveProperty('swapInKiB');
    expect(stats.blocks).toEqual([
      {
        target: 'vda',
        path: disk,
        readRequests: 102,
        readBytes: 100,
        readTimeNs: 105,
        writeRequests: 103,
        writeBytes: 101,
        writeTimeNs: 106,
        flushRequests: 104,
        flushTimeNs: 107,
        capacityBytes: 1000,
        allocationBytes: 10,
        physicalBytes: 8192,
      },
      expect.objectContaining({ target: 'sda', readBytes: 500 }),
    ]);
    expect(stats.interfaces?.map(({ name }) => name)).toEqual(['lo']);
    expect(stats.live?.cpuTimeNs).toBeGreaterThan(0);
    expect(stats.live?.vcpuTimesNs[0]).toBeGreaterThan(0);
    expect(stats.live?.residentKiB).toBeGreaterThan(1024);
    expect(stats).not.toHaveProperty('isIncomplete');
  });

  it('are asked of QEMU only where their group is wanted', async () => {
    const { obj, asked } = setUp();
    const stats = await domainStats(obj, { groups: ['state', 'vcpu'] });
    expect(asked).toEqual([]);
    expect(stats).not.toHaveProperty('blocks');
    await domainStats(obj, { groups: ['block'] });
    expect(asked.map(({ command }) => command)).toEqual(['query-blockstats', 'query-block']);
  });

  it('leave out what a QEMU that hangs would have told; it is asked once, by however many', async () => {
    const { obj, asked, context } = setUp(hung());
    const begun = performance.now();
    const [one, other] = await Promise.all([domainStats(obj, { nowait: true }), domainStats(obj, { nowait: true })]);
    expect(performance.now() - begun).toBeLessThan(1_000);
    for (const stats of [one, other]) {
      expect(stats).toMatchObject({ isIncomplete: true, live: { residentKiB: expect.any(Number) } });
      expect(stats).not.toHaveProperty('blocks');
    }
    const all = await createStatsQueries(context)['domain.stats']?.({ nowait: true }, { signal });
    expect(all?.domains).toHaveLength(1);
    expect(asked).toHaveLength(1);
  });

  it('leave out what QEMU refuses or garbles, and are there all the same', async () => {
    const { obj } = setUp({ ...replies, 'query-balloon': undefined, 'qom-get': { stats: 'none' } });
    expect(await domainStats(obj)).toMatchObject({
      isIncomplete: true,
      blocks: [{ target: 'vda' }, { target: 'sda' }],
    });
  });

  it('of one that is off are its definition’s', async () => {
    const { obj } = setUp();
    obj.live = undefined;
    const stats = await domainStats(obj);
    expect(stats).toMatchObject({ name: 'web', maxMemoryKiB: 32768, vcpus: 1 });
    for (const part of ['live', 'balloon', 'blocks', 'interfaces', 'isIncomplete'])
      expect(stats).not.toHaveProperty(part);
  });
});

describe('memory', () => {
  it('is asked of the guest every few seconds where the definition says so, which QEMU is told once', async () => {
    const { live, asked } = setUp();
    await memoryStats(live);
    await memoryStats(live);
    expect(asked.filter(({ command }) => command === 'qom-set').map(({ args }) => args)).toEqual([
      { path: '/machine/peripheral/balloon0', property: 'guest-stats-polling-interval', value: 3 },
    ]);
  });

  it('is asked once where it does not, and no longer', async () => {
    let reads = 0;
    const { live, asked } = setUp(
      {
        ...replies,
        'qom-get': () => {
          reads += 1;
          return { stats: { 'stat-free-memory': 1024 }, 'last-update': reads < 4 ? 0 : 9 };
        },
      },
      '',
    );
    expect(await memoryStats(live)).not.toHaveProperty('unusedKiB');
    expect(await memoryStats(live, { look: true })).toMatchObject({ unusedKiB: 1, lastUpdate: 9 });
    expect(asked.filter(({ command }) => command === 'qom-set').map(({ args }) => args)).toMatchObject([
      { value: 1 },
      { value: 0 },
    ]);
  });

  it('that the guest never told is nothing', () => {
    expect(viewGuestStats({ stats: { 'stat-free-memory': 4096 }, 'last-update': 0 })).toEqual({});
    expect(viewGuestStats(undefined)).toEqual({});
  });
});

describe('disks', () => {
  it('are named by target or path, and count together where none is named', async () => {
    const { obj, live, disk } = setUp();
    expect(await blockStats(obj, live, 'vda', signal)).toMatchObject({ target: 'vda', readBytes: 100 });
    expect(await blockStats(obj, live, disk, signal)).toMatchObject({ target: 'vda' });
    expect(await blockStats(obj, live, undefined, signal)).toMatchObject({ readBytes: 600, flushTimeNs: 107 + 507 });
    await expect(blockStats(obj, live, 'vdz', signal)).rejects.toMatchObject({ code: 'INVALID_ARG' });
  });

  it('on which an error stopped the guest are told with it', async () => {
    const { obj, live } = setUp();
    expect(await blockErrors(obj, live, signal)).toEqual([{ target: 'vda', error: 'no space' }]);
  });

  it('have sizes also while the domain is off, or hangs', async () => {
    const { obj, disk } = setUp(hung());
    const expected = {
      target: 'vda',
      path: disk,
      capacityBytes: 8192,
      allocationBytes: expect.any(Number),
      physicalBytes: 8192,
    };
    expect(await blockInfo(obj, 'vda', signal)).toEqual([expected]);
    obj.live = undefined;
    expect(await blockInfo(obj, undefined, signal)).toEqual([expected, { target: 'sda' }]);
  });
});

describe('a network device', () => {
  it('is named by itself or by its MAC; QEMU’s user network has none', async () => {
    const { context } = setUp();
    const ask = createStatsQueries(context)['domain.interfaceStats'];
    const domain = 'web';
    expect(await ask?.({ domain, interface: 'lo' }, { signal })).toMatchObject({ name: 'lo' });
    expect(await ask?.({ domain, interface: '52:54:00:00:00:02' }, { signal })).toMatchObject({ name: 'lo' });
    // The second one has a tap without a name, and this process has none open.
    for (const mac of ['52:54:00:00:00:01', '52:54:00:00:00:03'])
      await expect(ask?.({ domain, interface: mac }, { signal })).rejects.toMatchObject({ code: 'DEVICE_MISSING' });
    await expect(ask?.({ domain, interface: 'eth9' }, { signal })).rejects.toMatchObject({ code: 'INVALID_ARG' });
  });
});

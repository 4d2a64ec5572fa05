// Statistics of a real QEMU under TCG: counters that grow while the guest works, sizes, what a hung QEMU costs, a history for graphs.
import { execFileSync } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentGuest, agentGuestMissing, makeAgentGuest } from '../helpers/agent-guest.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { LocalEngine } from '../helpers/local-engine.ts';

let engine: LocalEngine;
beforeAll(async () => {
  engine = await LocalEngine.start();
});
afterAll(() => engine[Symbol.asyncDispose]());

const MIB = 1024 * 1024;

/** Samples of one domain, until one is as wanted; the test's own deadline bounds it. */
async function sampleOf(uuid: string, isWanted: (sample: { diskWriteBps?: number | undefined }) => boolean) {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const subscription = engine.handler.subscribe('stats', ({ samples }) => {
    const sample = samples.find((each) => each.uuid === uuid);
    if (sample && isWanted(sample)) resolve(sample);
  });
  try {
    return await promise;
  } finally {
    subscription.dispose();
  }
}

describe('statistics', () => {
  it('of disks have QEMU’s counters and sizes, and the sizes stay while it is off', async () => {
    const [qcow2, raw] = [join(engine.dir, 'a.qcow2'), join(engine.dir, 'b.raw')];
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', qcow2, '64M']);
    execFileSync('qemu-img', ['create', '-q', '-f', 'raw', raw, '32M']);
    const disk = (format: string, file: string, target: string) =>
      `<disk type='file' device='disk'><driver name='qemu' type='${format}'/>${file}<target dev='${target}' bus='${target.startsWith('v') ? 'virtio' : 'sata'}'/></disk>`;
    const devices =
      disk('qcow2', `<source file='${qcow2}'/>`, 'vda') +
      disk('raw', `<source file='${raw}'/>`, 'sda') +
      "<disk type='file' device='cdrom'><target dev='sdb' bus='sata'/></disk><interface type='user'/>";
    const domain = 'disks';
    await engine.call('domain.define', { xml: tinyDomain({ name: domain, devices }) });
    const off = await engine.call('domain.blockInfo', { domain });
    expect(off.blocks).toMatchObject([
      { target: 'vda', path: qcow2, capacityBytes: 64 * MIB, physicalBytes: expect.any(Number) },
      { target: 'sda', path: raw, capacityBytes: 32 * MIB, physicalBytes: 32 * MIB },
      { target: 'sdb' },
    ]);
    await engine.call('domain.start', { domain });
    const { domains } = await engine.call('domain.stats', { domains: [domain] });
    expect(domains[0]).toMatchObject({
      state: 'running',
      balloon: { actualKiB: 32 * 1024, residentKiB: expect.any(Number) },
      interfaces: [],
      live: { vcpuTimesNs: [expect.any(Number)], vcpuWaitsNs: [expect.any(Number)] },
    });
    expect(
      domains[0]?.blocks?.map(({ target, readRequests, capacityBytes }) => [
        target,
        typeof readRequests,
        capacityBytes,
      ]),
    ).toEqual([
      ['vda', 'number', 64 * MIB],
      ['sda', 'number', 32 * MIB],
      ['sdb', 'number', undefined],
    ]);
    expect((await engine.call('domain.blockInfo', { domain })).blocks).toEqual(off.blocks);
    expect(await engine.call('domain.blockErrors', { domain })).toEqual({ errors: [] });
    expect((await engine.call('domain.cpuStats', { domain })).cpuTimeNs).toBeGreaterThan(0);
    await engine.call('domain.destroy', { domain });
  });

  it('of a QEMU that hangs cost a second at the most, and leave out what only it knows', async () => {
    const { uuid } = await engine.call('domain.create', { xml: tinyDomain({ name: 'hung' }) });
    await engine.call('domain.create', { xml: tinyDomain({ name: 'well' }) });
    const { pid = 0 } = await engine.call('domain.lookup', { domain: 'hung' });
    process.kill(pid, 'SIGSTOP');
    const begun = performance.now();
    const { domains } = await engine.call('domain.stats', { domains: ['hung', 'well'] });
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(domains).toMatchObject([
      { name: 'hung', isIncomplete: true, live: { residentKiB: expect.any(Number) } },
      { name: 'well', balloon: { actualKiB: 32 * 1024 } },
    ]);
    await engine.call('domain.statsHistory', { domain: 'hung' });
    expect(await sampleOf(uuid, () => true)).toMatchObject({ cpuPercent: 0 });
    await engine.call('domain.destroy', { domain: 'hung' });
    await engine.call('domain.destroy', { domain: 'well' });
  });
});

describe.skipIf(agentGuestMissing !== undefined)('a guest that works', () => {
  let guest: AgentGuest;
  beforeAll(async () => {
    guest = await makeAgentGuest();
  });
  afterAll(() => rm(guest.dir, { recursive: true, force: true }));

  it('shows in its disk’s counters, in its rates while somebody watches, and in its memory', async () => {
    const domain = 'busy';
    const xml = guest.xml({ name: domain, devices: "<memballoon model='virtio'/>" });
    const { uuid } = await engine.call('domain.create', { xml });
    await engine.until(domain, ({ agent }) => agent === 'connected');
    const before = await engine.call('domain.blockStats', { domain, target: 'vda' });
    await engine.call('domain.statsHistory', { domain });
    const writes = sampleOf(uuid, ({ diskWriteBps = 0 }) => diskWriteBps > 100_000);
    const script = 'while sleep 0.2; do dd if=/dev/zero of=/data/x bs=1M count=4 conv=fsync 2>/dev/null; done';
    const work = engine.call('agent.exec', { domain, path: '/bin/sh', args: ['-c', script], timeoutMs: 8_000 });
    const ended = expect(work).rejects.toMatchObject({ code: 'AGENT_COMMAND_TIMEOUT' });
    expect(await writes).toMatchObject({ uuid, cpuPercent: expect.any(Number) });
    const after = await engine.call('domain.blockStats', { domain, target: 'vda' });
    expect((after.writeBytes ?? 0) - (before.writeBytes ?? 0)).toBeGreaterThan(4 * MIB);
    await ended;
    const memory = await engine.call('domain.memoryStats', { domain });
    expect(memory).toMatchObject({ actualKiB: 192 * 1024, lastUpdate: expect.any(Number) });
    expect(memory.unusedKiB).toBeLessThan(192 * 1024);
    const { samples } = await engine.call('domain.statsHistory', { domain });
    expect(samples.some(({ diskWriteBps = 0 }) => diskWriteBps > 100_000)).toBe(true);
    await engine.call('domain.destroy', { domain });
    await expect(engine.call('domain.statsHistory', { domain })).rejects.toMatchObject({ code: 'NO_DOMAIN' });
  });
});

// On which CPUs of the host a domain's threads run: as the kernel has it, which is asked here without us.
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { describe, expect, it } from 'vitest';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { client, eachWithEngine, sandbox } from '../helpers/each-sandbox.ts';

eachWithEngine();

const domain = 'web';
const said = (...args: readonly string[]): Promise<string> => sandbox.said(...args);
/** What each thread of the guest's QEMU may run on, by its name. */
function kernelSays(): Readonly<Record<string, string>> {
  const pid = sandbox.guests[0]?.pid ?? 0;
  return Object.fromEntries(
    readdirSync(`/proc/${pid}/task`).map((tid) => {
      const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8');
      const name = /^Name:\s*(.*)$/m.exec(status)?.[1] ?? tid;
      return [Number(tid) === pid ? 'main' : name, /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? ''];
    }),
  );
}
const all = cpus().length > 1 ? `0-${cpus().length - 1}` : '0';
const define = (more = ''): Promise<unknown> =>
  client.call('domain.define', { xml: tinyDomain({ name: domain, more }) });

describe.skipIf(cpus().length < 2)('threads', () => {
  it('are bound by the definition from the first instruction on', async () => {
    await define(
      "<iothreads>1</iothreads><cputune><vcpupin vcpu='0' cpuset='1'/><emulatorpin cpuset='0'/><iothreadpin iothread='1' cpuset='1'/></cputune>",
    );
    expect(await said('vcpupin', domain)).toBe(' VCPU   CPU Affinity\n----------------------\n 0      1');
    await client.call('domain.start', { domain, paused: true });
    const threads = kernelSays();
    expect(threads.main).toBe('0');
    expect(Object.values(threads).filter((list) => list === '1')).toHaveLength(2);
    expect(await said('vcpupin', domain)).toContain(' 0      1');
    expect(await said('emulatorpin', domain)).toBe(
      ' emulator   CPU Affinity\n--------------------------\n *          0',
    );
    expect(await said('iothreadinfo', domain)).toBe(
      ' IOThread ID   CPU Affinity\n-----------------------------\n 1             1',
    );
  });

  it('are bound while they run, in the definition, or both', async () => {
    await define();
    await client.call('domain.start', { domain, paused: true });
    expect(await said('vcpupin', domain)).toContain(` 0      ${all}`);
    await said('vcpupin', domain, '0', '0');
    expect(await said('vcpupin', domain, '0')).toContain(' 0      0');
    expect(await client.xml(domain, true)).not.toContain('vcpupin');
    expect(kernelSays().main).toBe(all);
    await said('emulatorpin', domain, '1', '--live', '--config');
    expect(kernelSays().main).toBe('1');
    expect(await client.xml(domain, true)).toContain("<emulatorpin cpuset='1'/>");
    await said('emulatorpin', domain, 'r', '--live');
    expect(kernelSays().main).toBe(all);
    expect((await sandbox.cli('vcpupin', domain, '7', '0')).stderr).toContain('vcpu 7 is out of range');
    expect((await sandbox.cli('vcpupin', domain, '0', 'x')).stderr).toContain('cpulist: Invalid format.');
    expect((await sandbox.cli('vcpupin', domain, '0', '999')).stderr).toContain('this host has none of the CPUs 999');
  });

  it('of a processor that is plugged in run where it says, and not where the emulator is held', async () => {
    const xml = tinyDomain({ name: domain, more: "<cputune><emulatorpin cpuset='0'/></cputune>" });
    await client.call('domain.define', { xml: xml.replace('<vcpu>1</vcpu>', "<vcpu current='1'>2</vcpu>") });
    await client.call('domain.start', { domain });
    await client.call('domain.setVcpus', { domain, count: 2 });
    expect((await said('vcpupin', domain)).split('\n').slice(2)).toEqual([` 0      ${all}`, ` 1      ${all}`]);
    expect(kernelSays().main).toBe('0');
  });

  it('on CPUs that are not there stop a start with the reason, and leave nothing', async () => {
    await define("<cputune><vcpupin vcpu='0' cpuset='4000'/></cputune>");
    expect((await sandbox.cli('start', domain)).stderr).toContain('this host has none of the CPUs 4000');
    expect(sandbox.guests).toEqual([]);
  });
});

describe('I/O threads', () => {
  it('come and go, but for one that a disk uses', async () => {
    await define();
    await client.call('domain.start', { domain, paused: true });
    expect(await said('iothreadinfo', domain)).toBe('No IOThreads found for the domain');
    await said('iothreadadd', domain, '3', '--live', '--config');
    expect(await said('iothreadinfo', domain)).toContain(' 3             ');
    expect(await client.xml(domain, true)).toMatch(/<iothreads>1<\/iothreads>[\s\S]*<iothread id='3'\/>/);
    expect((await sandbox.cli('iothreadadd', domain, '3')).stderr).toContain(
      "an IOThread is already using iothread_id '3'",
    );
    expect((await client.call('domain.pendingChanges', { domain })).changes).toEqual([]);
    await said('iothreaddel', domain, '3', '--live', '--config');
    expect(await said('iothreadinfo', domain)).toBe('No IOThreads found for the domain');
    expect(await client.xml(domain, true)).not.toContain('iothread');
    expect((await sandbox.cli('iothreaddel', domain, '3')).stderr).toContain("cannot find IOThread '3'");
    await client.call('domain.destroy', { domain });
    const path = await sandbox.write('disk.raw', ' '.repeat(1024 * 1024));
    const disk = `<disk type='file' device='disk'><driver name='qemu' type='raw' iothread='1'/><source file='${path}'/><target dev='vda' bus='virtio'/></disk>`;
    await client.call('domain.define', {
      xml: tinyDomain({ name: 'other', more: '<iothreads>1</iothreads>', devices: disk }),
    });
    expect((await sandbox.cli('iothreaddel', 'other', '1')).stderr).toContain("since it is being used by disk 'vda'");
  });
});

describe('nodecpumap', () => {
  it('tells which CPUs there are', async () => {
    const lines = (await said('nodecpumap', '--pretty')).split('\n');
    expect(lines).toEqual([
      `CPUs present:   ${cpus().length}`,
      `CPUs online:    ${cpus().length}`,
      `CPU map:        ${all}`,
    ]);
    expect(await said('nodecpumap')).toContain('y'.repeat(cpus().length));
  });
});

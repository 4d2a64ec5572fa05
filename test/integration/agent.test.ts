// The guest agent in a real QEMU under TCG: Debian's own qemu-ga, and guests whose agent hangs, floods or lies.
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentGuest, agentGuestMissing, makeAgentGuest } from '../helpers/agent-guest.ts';
import { LocalEngine } from '../helpers/local-engine.ts';

let guest: AgentGuest;
let engine: LocalEngine;

beforeAll(async () => {
  if (agentGuestMissing !== undefined) return;
  [guest, engine] = await Promise.all([makeAgentGuest(), LocalEngine.start()]);
});
afterAll(async () => {
  await engine?.[Symbol.asyncDispose]();
  if (guest) await rm(guest.dir, { recursive: true, force: true });
});

const domain = 'well';

describe.skipIf(agentGuestMissing !== undefined)('qemu-ga', () => {
  it('is seen when the guest opens its channel, also by the next engine', async () => {
    await engine.call('domain.define', { xml: guest.xml({ name: domain }) });
    await engine.call('domain.start', { domain });
    await expect(engine.call('agent.ping', { domain })).rejects.toMatchObject({ code: 'AGENT_UNRESPONSIVE' });
    await engine.until(domain, ({ agent }) => agent === 'connected');
    await engine.restart();
    await engine.until(domain, ({ agent }) => agent === 'connected');
    expect(await engine.call('agent.ping', { domain })).toEqual({});
  });

  it('tells of itself and of its system', async () => {
    const info = await engine.call('agent.info', { domain });
    expect(info.version).toMatch(/^\d+\.\d+/);
    expect(info.supported).toContain('guest-exec');
    expect(await engine.call('agent.hostname', { domain })).toEqual({ hostname: 'demo' });
    expect(await engine.call('agent.osInfo', { domain })).toMatchObject({ machine: 'x86_64' });
    expect(await engine.call('agent.timezone', { domain })).toMatchObject({ offsetSeconds: 0 });
    expect(await engine.call('agent.users', { domain })).toEqual({ users: [] });
    const { timeMs } = await engine.call('agent.time', { domain });
    expect(Math.abs(timeMs - Date.now())).toBeLessThan(60_000);
  });

  it('tells the addresses, by the machine’s MAC', async () => {
    const { source, interfaces } = await engine.call('domain.addresses', { domain });
    expect(source).toBe('agent');
    expect(interfaces.find(({ mac }) => mac === '52:54:00:12:34:56')).toMatchObject({ name: 'eth0' });
    expect(interfaces.find(({ name }) => name === 'lo')?.addresses).toContainEqual({
      type: 'ipv4',
      address: '127.0.0.1',
      prefix: 8,
    });
    expect(await engine.call('domain.addresses', { domain, source: 'arp' })).toMatchObject({ interfaces: [] });
    expect((await engine.call('domain.addresses', { domain, source: 'lease' })).note).toContain('no DHCP server');
  });

  it('runs programs, with their input, output and end', async () => {
    const run = (script: string, more = {}) =>
      engine.call('agent.exec', { domain, path: '/bin/sh', args: ['-c', script], ...more });
    expect(await run('cat; echo wéb >&2; exit 3', { input: 'fed' })).toEqual({
      exitCode: 3,
      stdout: 'fed',
      stderr: 'wéb\n',
      truncated: false,
    });
    expect(await run('kill -9 $$')).toMatchObject({ signal: 9 });
    expect(await run('echo $A', { env: ['A=b'] })).toMatchObject({ stdout: 'b\n' });
    expect(await run('printf a', { base64: true })).toMatchObject({ stdout: 'YQ==' });
    expect(await run('echo thrown away', { captureOutput: false })).toMatchObject({ exitCode: 0, stdout: '' });
    await expect(run('sleep 1000', { timeoutMs: 100 })).rejects.toMatchObject({ code: 'AGENT_COMMAND_TIMEOUT' });
    await expect(engine.call('agent.exec', { domain, path: '/none' })).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
    });
  });

  it('whose program says more than there is room for is one error, and answers the next', async () => {
    const script = 'yes 1234567 | head -c 12000000';
    const call = engine.call('agent.exec', { domain, path: '/bin/sh', args: ['-c', script], timeoutMs: 60_000 });
    await expect(call).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
      message: expect.stringContaining('longer'),
    });
    expect(await engine.call('agent.ping', { domain })).toEqual({});
  });

  it('freezes filesystems, is asked for its state meanwhile, and thaws them', async () => {
    const { filesystems } = await engine.call('agent.filesystems', { domain });
    expect(filesystems).toMatchObject([{ mountpoint: '/data', type: 'ext4', disks: [{ target: 'vda' }] }]);
    expect(await engine.call('agent.fsFreeze', { domain })).toEqual({ count: 1 });
    expect(await engine.call('agent.fsFreezeStatus', { domain })).toEqual({ status: 'frozen' });
    await expect(engine.call('agent.fsFreeze', { domain })).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    await expect(engine.call('agent.hostname', { domain })).rejects.toMatchObject({ code: 'NO_SUPPORT' });
    expect(await engine.call('agent.fsThaw', { domain })).toEqual({ count: 1 });
    expect(await engine.call('agent.fsFreezeStatus', { domain })).toEqual({ status: 'thawed' });
    expect(await engine.call('agent.fsFreeze', { domain, mountpoints: ['/none'] })).toEqual({ count: 0 });
    expect((await engine.call('agent.fsTrim', { domain })).paths.map(({ path }) => path)).toEqual(['/data']);
  });

  it('keeps SSH keys of a user', async () => {
    const keys = ['ssh-ed25519 AAAA ada@host', 'ssh-ed25519 BBBB eve@host'];
    const user = 'root';
    await engine.call('agent.setSshKeys', { domain, user, keys });
    await engine.call('agent.setSshKeys', { domain, user, keys: [keys[1] as string], remove: true });
    expect(await engine.call('agent.sshKeys', { domain, user })).toEqual({ keys: [keys[0]] });
    await expect(engine.call('agent.sshKeys', { domain, user: 'nobody-here' })).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
    });
  });

  it('takes a raw command, and says its own refusal of one', async () => {
    const command = '{"execute": "guest-get-host-name"}';
    expect(await engine.call('agent.command', { domain, command })).toEqual({
      reply: { return: { 'host-name': 'demo' } },
    });
    await expect(engine.call('agent.command', { domain, command: '{"execute": "guest-none"}' })).rejects.toMatchObject({
      code: 'NO_SUPPORT',
    });
    await expect(engine.call('agent.command', { domain, command: '{"execute": 5}' })).rejects.toMatchObject({
      code: 'INVALID_ARG',
    });
  });

  it('takes processors from use, and gives them back', async () => {
    const online = async () =>
      (await engine.call('agent.exec', { domain, path: '/bin/cat', args: ['/sys/devices/system/cpu/online'] })).stdout;
    await engine.call('domain.setVcpus', { domain, count: 1, guest: true });
    expect(await online()).toBe('0\n');
    await engine.call('domain.setVcpus', { domain, count: 2, guest: true });
    expect(await online()).toBe('0-1\n');
    await expect(engine.call('domain.setVcpus', { domain, count: 3, guest: true })).rejects.toMatchObject({
      code: 'INVALID_ARG',
    });
  });

  it('tells of each processor, and switches those that are named', async () => {
    const online = async () =>
      (await engine.call('agent.vcpus', { domain })).vcpus.filter((vcpu) => vcpu.online).map(({ id }) => id);
    expect(await online()).toEqual([0, 1]);
    await engine.call('agent.setVcpus', { domain, ids: [1], online: false });
    expect(await online()).toEqual([0]);
    await engine.call('agent.setVcpus', { domain, ids: [0, 1], online: true });
    expect(await online()).toEqual([0, 1]);
    await expect(engine.call('agent.setVcpus', { domain, ids: [0], online: false })).rejects.toMatchObject({
      code: 'OPERATION_INVALID',
    });
    await expect(engine.call('agent.setVcpus', { domain, ids: [7], online: true })).rejects.toMatchObject({
      code: 'INVALID_ARG',
    });
  });

  it('reboots and powers off its system; where it answers nobody need say that it is to be asked', async () => {
    const { pid } = await engine.call('domain.lookup', { domain });
    await engine.call('domain.reboot', { domain, mode: 'agent' });
    await engine.until(domain, ({ agent }) => agent === 'disconnected');
    expect(await engine.until(domain, ({ agent }) => agent === 'connected')).toMatchObject({ pid, state: 'running' });
    await engine.call('domain.shutdown', { domain });
    await engine.until(domain, ({ state }) => state === 'shutoff');
  });

  it('puts its system to sleep, which QEMU can wake', async () => {
    await engine.call('domain.start', { domain });
    await engine.until(domain, ({ agent }) => agent === 'connected');
    // QEMU tells of a channel once a second at most: only after that its next news is told when it happens.
    await engine.call('agent.exec', { domain, path: '/bin/sleep', args: ['1.5'] });
    await engine.call('domain.pmSuspend', { domain, target: 'mem' });
    // Its driver closes the channel for the sleep.
    await engine.until(domain, ({ state, agent }) => state === 'pmsuspended' && agent === 'disconnected');
    await expect(engine.call('agent.ping', { domain })).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    await engine.call('domain.pmWakeup', { domain });
    await engine.until(domain, ({ state, agent }) => state === 'running' && agent === 'connected');
    expect(await engine.call('agent.ping', { domain })).toEqual({});
  });
});

describe.skipIf(agentGuestMissing !== undefined)('a guest whose agent', () => {
  it.each(['hang', 'flood', 'lie'] as const)('is to %s holds up nobody but who asks it', async (manner) => {
    const name = `agent-${manner}`;
    await engine.call('domain.create', { xml: guest.xml({ name, manner }) });
    await engine.until(name, ({ agent }) => agent === 'connected');
    const asked = engine.call('agent.info', { domain: name });
    const exec = engine.call('agent.exec', { domain: name, path: '/bin/true' });
    const codes = Promise.allSettled([asked, exec]).then((calls) =>
      calls.map((call) => (call.status === 'rejected' ? call.reason.code : call.value)),
    );
    const begun = performance.now();
    expect((await engine.call('domain.list', {})).domains.map((each) => each.name)).toContain(name);
    await engine.call('domain.suspend', { domain: name });
    await engine.call('domain.resume', { domain: name });
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(await codes).toEqual(['AGENT_UNRESPONSIVE', 'AGENT_UNRESPONSIVE']);
    if (manner === 'lie') {
      // It is asked, found out, and the power button is pressed instead.
      const shutdown = engine.call('domain.shutdown', { domain: name, timeoutMs: 60_000 });
      return expect(await shutdown).toMatchObject({ forced: false });
    }
    const hung = expect(engine.call('agent.fsFreeze', { domain: name })).rejects.toMatchObject({
      code: 'AGENT_UNRESPONSIVE',
    });
    const plug = performance.now();
    await engine.call('domain.destroy', { domain: name });
    expect(performance.now() - plug).toBeLessThan(2_000);
    await hung;
  });
});

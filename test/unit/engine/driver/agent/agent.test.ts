// The driver's part of the guest agent over an agent that we script: which domain can be asked, what is frozen, what a program said, whose turn it is.
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../../../../src/common/base/emitter.ts';
import type { CallContext } from '../../../../../src/common/contract/server.ts';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { arpInterfaces } from '../../../../../src/engine/driver/agent/addresses.ts';
import { agentAnswers, handleAgentPort, resyncAgentPort } from '../../../../../src/engine/driver/agent/agent-port.ts';
import { agentShutdown, agentSuspend } from '../../../../../src/engine/driver/agent/silent.ts';
import { agentSetVcpus, planVcpus } from '../../../../../src/engine/driver/agent/vcpus.ts';
import { createAgentVerbs } from '../../../../../src/engine/driver/agent-verbs.ts';
import { DomainObj, type LiveDomain } from '../../../../../src/engine/driver/domain-obj.ts';
import type { MonitorPort } from '../../../../../src/engine/driver/host-port.ts';
import type { MonitorEvent } from '../../../../../src/engine/qemu/monitor-commands.ts';
import { tinyDomain } from '../../../../helpers/domain-xml.ts';
import { FakeAgent, type FakeAgentOptions, Refusal, SILENCE } from '../../../../helpers/fake-agent.ts';
import { createFakeContext } from '../../../../helpers/fake-context.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

const UUID = 'c7a5fdbd-edaf-9455-926a-d65c16db1809';
const call: CallContext = { signal: new AbortController().signal };
const { signal } = call;

/** A monitor that answers what the agent's part asks, and whose events and end the test decides. */
class ScriptedMonitor {
  readonly events = new Emitter<MonitorEvent>();
  readonly closes = new Emitter<string>();
  isClosed = false;
  readonly onEvent = this.events.event;
  readonly onClose = this.closes.event;
  isFrontendOpen = true;
  canWake = true;

  execute = (async (command: string): Promise<unknown> => {
    if (command === 'query-chardev') return [{ label: 'charchannel0', 'frontend-open': this.isFrontendOpen }];
    if (command === 'query-current-machine') return { 'wakeup-suspend-support': this.canWake };
    throw new Error(`this monitor does not know ${command}`);
  }) as unknown as MonitorPort['execute'];

  close(): void {
    this.isClosed = true;
    this.closes.fire('closed');
  }
}

async function setUp(options: FakeAgentOptions & { channel?: string } = {}) {
  const guest = await FakeAgent.start(options);
  const channel =
    options.channel ??
    `<channel type='unix'><source mode='bind' path='${guest.path}'/><target type='virtio' name='org.qemu.guest_agent.0'/><alias name='channel0'/></channel>`;
  const { def } = parseDomain(tinyDomain({ name: 'web', uuid: UUID, devices: channel }));
  const context = createFakeContext(new FakeHost({ step: async () => undefined }));
  const { entry: obj } = context.list.add(
    { uuid: UUID, name: 'web' },
    { checkLive: false },
    () => new DomainObj({ uuid: UUID, def, isPersistent: true }),
  );
  const monitor = new ScriptedMonitor();
  const live = { def, monitor, phase: 'running', stopped: Promise.withResolvers() } as unknown as LiveDomain;
  obj.live = live;
  obj.state = 'running';
  await resyncAgentPort(context, obj, live);
  return { guest, context, obj, live, monitor, verbs: createAgentVerbs(context) };
}

const domain = 'web';

describe('whether there is an agent', () => {
  it('is told by QEMU, and is in the summary', async () => {
    const { context, obj, live, verbs, monitor } = await setUp();
    expect(context.summarize(obj).agent).toBe('connected');
    handleAgentPort(context, obj, live, { data: { id: 'channel0', open: false } });
    expect(context.summarize(obj).agent).toBe('disconnected');
    await expect(verbs['agent.ping']?.({ domain }, call)).rejects.toMatchObject({ code: 'AGENT_UNRESPONSIVE' });
    handleAgentPort(context, obj, live, { data: { id: 'channel1', open: true } });
    expect(context.summarize(obj).agent).toBe('disconnected');
    monitor.isFrontendOpen = true;
    await resyncAgentPort(context, obj, live);
    expect(context.summarize(obj).agent).toBe('connected');
    obj.live = undefined;
    expect(context.summarize(obj).agent).toBeUndefined();
  });

  it.each([
    ['no channel', ''],
    [
      'a channel of another name',
      "<channel type='unix'><source mode='bind' path='/x'/><target type='virtio' name='org.x'/><alias name='channel0'/></channel>",
    ],
    [
      'a channel whose client is another program',
      "<channel type='unix'><source mode='connect' path='/x'/><target type='virtio' name='org.qemu.guest_agent.0'/><alias name='channel0'/></channel>",
    ],
  ])('with %s: none, and the way to one is told', async (_what, channel) => {
    const { context, obj, verbs } = await setUp({ channel });
    expect(context.summarize(obj).agent).toBe('absent');
    await expect(verbs['agent.ping']?.({ domain }, call)).rejects.toMatchObject({
      code: 'CONFIG_UNSUPPORTED',
      message: expect.stringContaining("<channel type='unix'>"),
    });
    expect(await agentAnswers(obj)).toBe(false);
  });

  it('does not matter while the domain is off or paused', async () => {
    const { obj, verbs } = await setUp();
    obj.state = 'paused';
    await expect(verbs['agent.ping']?.({ domain }, call)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    obj.live = undefined;
    await expect(verbs['agent.ping']?.({ domain }, call)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
  });

  it('that answers, is asked', async () => {
    const { obj, guest } = await setUp();
    expect(await agentAnswers(obj)).toBe(true);
    expect(guest.asked.map(({ execute }) => execute)).toEqual(['guest-ping']);
  });
});

describe('a freeze', () => {
  const counts = ({ execute }: { readonly execute: string }) => (execute === 'guest-ping' ? {} : 2);

  it('is known until its thaw', async () => {
    const { verbs, live } = await setUp({ answer: counts });
    expect(await verbs['agent.fsFreeze']?.({ domain }, call)).toEqual({ count: 2 });
    expect(live.agent?.isFrozen).toBe(true);
    await expect(verbs['agent.fsFreeze']?.({ domain }, call)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    expect(await verbs['agent.fsThaw']?.({ domain }, call)).toEqual({ count: 2 });
    expect(live.agent?.isFrozen).toBe(false);
    // Also where we know of none: another client, or an engine before us, may have frozen them.
    expect(await verbs['agent.fsThaw']?.({ domain }, call)).toEqual({ count: 2 });
  });

  it('whose answer does not come in time is taken back', async () => {
    const { guest, verbs, live } = await setUp({
      answer: (request) => (request.execute === 'guest-fsfreeze-freeze' ? SILENCE : counts(request)),
    });
    await expect(verbs['agent.fsFreeze']?.({ domain, timeoutMs: 50 }, call)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_TIMEOUT',
    });
    expect(guest.asked.at(-1)?.execute).toBe('guest-fsfreeze-thaw');
    expect(live.agent?.isFrozen).toBe(false);
  });

  it('that can’t be taken back says that filesystems may be frozen', async () => {
    const { verbs, live } = await setUp({
      answer: ({ execute }) => {
        if (execute === 'guest-ping') return {};
        throw new Refusal('GenericError', 'it is all too much');
      },
    });
    await expect(verbs['agent.fsFreeze']?.({ domain }, call)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
      message: expect.stringMatching(/too much; whether filesystems of domain 'web' are frozen is not known/),
    });
    expect(live.agent?.isFrozen).toBe(true);
  });

  it('can be thawed while a program runs in the guest and other changes wait', async () => {
    const { guest, context, verbs } = await setUp({
      answer: ({ execute }) => {
        if (execute === 'guest-exec') return { pid: 7 };
        if (execute === 'guest-exec-status') return { exited: false };
        if (execute === 'guest-fstrim') return SILENCE;
        return 1;
      },
    });
    const wish = new AbortController();
    const given = { signal: wish.signal };
    const exec = verbs['agent.exec']?.({ domain, path: '/bin/sleep', args: ['1000'] }, given);
    await guest.until(() => guest.asked.some(({ execute }) => execute === 'guest-exec-status'));
    expect(await verbs['agent.fsThaw']?.({ domain }, call)).toEqual({ count: 1 });
    const lanes = context.queue.list().map(({ procedure, state }) => [procedure, state]);
    expect(lanes).toEqual([
      ['agent.exec', 'running'],
      ['agent.fsThaw', 'done'],
    ]);
    wish.abort();
    await expect(exec).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
  });
});

describe('a program in the guest', () => {
  it('is asked after until it has ended; its output is decoded', async () => {
    const states = [
      { exited: false },
      { exited: false },
      { exited: true, exitcode: 2, 'out-data': 'd8OpYg==', 'err-truncated': true },
    ];
    const { guest, verbs } = await setUp({
      answer: ({ execute }) => (execute === 'guest-exec' ? { pid: 7 } : states.shift()),
    });
    expect(
      await verbs['agent.exec']?.({ domain, path: '/bin/cat', args: ['-'], env: ['A=b'], input: 'é' }, call),
    ).toEqual({ exitCode: 2, stdout: 'wéb', stderr: '', truncated: true });
    expect(guest.asked[0]?.arguments).toEqual({
      path: '/bin/cat',
      arg: ['-'],
      env: ['A=b'],
      'input-data': 'w6k=',
      'capture-output': true,
    });
  });

  it('that an agent says to run for ever is waited for no longer than was asked', async () => {
    const { verbs } = await setUp({
      answer: ({ execute }) => (execute === 'guest-exec' ? { pid: 7 } : { exited: false }),
    });
    await expect(verbs['agent.exec']?.({ domain, path: '/x', timeoutMs: 60 }, call)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_TIMEOUT',
      message: expect.stringContaining('process 7'),
    });
  });
});

describe('a password, keys, a time, a raw command', () => {
  it('reach the agent in its own form, and a password is in no record', async () => {
    const { guest, context, verbs } = await setUp();
    await verbs['agent.setPassword']?.({ domain, user: 'ada', password: 'sécret' }, call);
    await verbs['agent.setSshKeys']?.({ domain, user: 'ada', keys: ['k'] }, call);
    await verbs['agent.setSshKeys']?.({ domain, user: 'ada', keys: ['k'], append: true }, call);
    await verbs['agent.setSshKeys']?.({ domain, user: 'ada', keys: ['k'], remove: true }, call);
    await verbs['agent.setTime']?.({ domain, timeMs: 1_700_000_000_123 }, call);
    await verbs['agent.setTime']?.({ domain }, call);
    await verbs['agent.command']?.({ domain, command: '{"execute": "guest-x", "arguments": {"a": 1}}' }, call);
    expect(guest.asked).toEqual([
      {
        execute: 'guest-set-user-password',
        arguments: { username: 'ada', password: 'c8OpY3JldA==', crypted: false },
      },
      { execute: 'guest-ssh-add-authorized-keys', arguments: { username: 'ada', keys: ['k'], reset: true } },
      { execute: 'guest-ssh-add-authorized-keys', arguments: { username: 'ada', keys: ['k'], reset: false } },
      { execute: 'guest-ssh-remove-authorized-keys', arguments: { username: 'ada', keys: ['k'] } },
      { execute: 'guest-set-time', arguments: { time: 1_700_000_000_123_000_000 } },
      { execute: 'guest-set-time', arguments: {} },
      { execute: 'guest-x', arguments: { a: 1 } },
    ]);
    expect(JSON.stringify(context.queue.list())).not.toMatch(/s.cret|c8Op/);
  });

  it.each([
    '',
    '[]',
    '{"execute": 5}',
    '{"execute": "x", "arguments": []}',
    '{"execute": "x", "id": 1}',
    '['.repeat(99),
  ])('a raw command that is %s is refused before the agent sees it', async (command) => {
    const { guest, verbs } = await setUp();
    await expect(verbs['agent.command']?.({ domain, command }, call)).rejects.toMatchObject({ code: 'INVALID_ARG' });
    expect(guest.synced).toEqual([]);
  });
});

describe('going', () => {
  it('is done when QEMU says so, or the agent or the domain ends', async () => {
    const { guest, context, obj, live, monitor } = await setUp({ answer: () => SILENCE });
    const heard = (count: number) => guest.until(() => guest.asked.length === count);
    const off = agentShutdown(context, obj, 'powerdown', signal);
    await heard(1);
    monitor.events.fire({ event: 'SHUTDOWN', data: {} });
    await off;
    const rebooted = agentShutdown(context, obj, 'reboot', signal);
    await heard(2);
    handleAgentPort(context, obj, live, { data: { id: 'channel0', open: false } });
    await rebooted;
    handleAgentPort(context, obj, live, { data: { id: 'channel0', open: true } });
    const asleep = agentSuspend(context, obj, 'mem', signal);
    await heard(3);
    monitor.events.fire({ event: 'SUSPEND', data: {} });
    await asleep;
    const hibernated = agentSuspend(context, obj, 'disk', signal);
    await heard(4);
    monitor.close();
    await hibernated;
    expect(guest.asked.map(({ execute }) => execute)).toEqual([
      'guest-shutdown',
      'guest-shutdown',
      'guest-suspend-ram',
      'guest-suspend-disk',
    ]);
  });

  it('to a sleep that nobody could end is refused', async () => {
    const { guest, context, obj, monitor } = await setUp();
    monitor.canWake = false;
    await expect(agentSuspend(context, obj, 'mem', signal)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    expect(guest.asked).toEqual([]);
  });

  it('that the guest refuses is told in its words', async () => {
    const { context, obj } = await setUp({
      answer: () => {
        throw new Refusal('GenericError', 'child process has failed to shutdown');
      },
    });
    await expect(agentShutdown(context, obj, 'halt', signal)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
      message: expect.stringContaining('child process has failed'),
    });
  });
});

describe('processors in use', () => {
  const vcpu = (id: number, online: boolean, canOffline = id > 0) => ({
    'logical-id': id,
    online,
    'can-offline': canOffline,
  });
  const four = [vcpu(2, true), vcpu(0, true), vcpu(3, false), vcpu(1, true)];

  it.each([
    [4, [{ 'logical-id': 3, online: true }]],
    [3, []],
    [2, [{ 'logical-id': 2, online: false }]],
    [
      1,
      [
        { 'logical-id': 2, online: false },
        { 'logical-id': 1, online: false },
      ],
    ],
  ])('%i of four: the lowest come first, the highest go first', (count, plan) => {
    expect(planVcpus(four, count)).toEqual(plan);
  });

  it('are never more than the guest has, nor fewer than it can spare', () => {
    expect(() => planVcpus(four, 5)).toThrow(expect.objectContaining({ code: 'INVALID_ARG' }));
    expect(() => planVcpus([vcpu(0, true), vcpu(1, true, false)], 1)).toThrow(
      expect.objectContaining({ code: 'OPERATION_INVALID' }),
    );
  });

  it('are asked for until all are done; an agent that does none is told on', async () => {
    const done = [1, 1];
    const { guest, obj } = await setUp({
      answer: ({ execute }) => (execute === 'guest-get-vcpus' ? four : (done.shift() ?? 0)),
    });
    await agentSetVcpus(obj, 1, signal);
    expect(guest.asked.slice(1).map((request) => request.arguments?.vcpus)).toHaveLength(2);
    await expect(agentSetVcpus(obj, 1, signal)).rejects.toMatchObject({ code: 'AGENT_COMMAND_FAILED' });
  });
});

describe('the ARP table', () => {
  it('gives the addresses that the host has seen of the machine’s MACs', () => {
    const { def } = parseDomain(
      tinyDomain({
        name: 'web',
        devices:
          "<interface type='bridge'><mac address='52:54:00:AA:bb:01'/><source bridge='br0'/></interface><interface type='user'/>",
      }),
    );
    const table = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.20     0x1         0x2         52:54:00:aa:bb:01     *        br0
192.168.1.21     0x1         0x0         52:54:00:aa:bb:01     *        br0
192.168.1.22     0x1         0x2         52:54:00:aa:bb:02     *        br0
192.168.1.23     0x1         0x2         52:54:00:aa:bb:01     *        br0
`;
    expect(arpInterfaces(table, def)).toEqual([
      {
        name: 'br0',
        mac: '52:54:00:aa:bb:01',
        addresses: [
          { type: 'ipv4', address: '192.168.1.20', prefix: 0 },
          { type: 'ipv4', address: '192.168.1.23', prefix: 0 },
        ],
      },
    ]);
  });
});

// The driver's part of the guest agent over an agent that we script: which domain can be asked, what is frozen, what a program said, whose turn it is.
import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../../../../src/common/contract/server.ts';
import { agentAnswers, handleAgentPort, resyncAgentPort } from '../../../../../src/engine/driver/agent/agent-port.ts';
import { runWithAgent } from '../../../../helpers/agent-domain.ts';
import { Refusal, SILENCE } from '../../../../helpers/fake-agent.ts';
import type { FakeHost } from '../../../../helpers/fake-host.ts';

const call: CallContext = { signal: new AbortController().signal };
const domain = 'web';

describe('whether there is an agent', () => {
  it('is told by QEMU, and is in the summary', async () => {
    const { context, obj, live, verbs, monitor } = await runWithAgent();
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
    const { context, obj, verbs } = await runWithAgent({ channel });
    expect(context.summarize(obj).agent).toBe('absent');
    await expect(verbs['agent.ping']?.({ domain }, call)).rejects.toMatchObject({
      code: 'CONFIG_UNSUPPORTED',
      message: expect.stringContaining("<channel type='unix'>"),
    });
    expect(await agentAnswers(obj)).toBe(false);
  });

  it('does not matter while the domain is off or paused', async () => {
    const { obj, verbs } = await runWithAgent();
    obj.state = 'paused';
    await expect(verbs['agent.ping']?.({ domain }, call)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    obj.live = undefined;
    await expect(verbs['agent.ping']?.({ domain }, call)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
  });

  it('that answers, is asked', async () => {
    const { obj, guest } = await runWithAgent();
    expect(await agentAnswers(obj)).toBe(true);
    expect(guest.asked.map(({ execute }) => execute)).toEqual(['guest-ping']);
  });

  it('that is busy with others, or hangs, is found so soon', async () => {
    const { obj, verbs, monitor } = await runWithAgent({ sync: () => undefined });
    const others = ['agent.ping', 'agent.info', 'agent.time'] as const;
    const calls = Promise.allSettled(others.map((name) => verbs[name]?.({ domain }, call)));
    const begun = performance.now();
    expect(await agentAnswers(obj)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(4_000);
    monitor.close();
    await calls;
  });
});

describe('a freeze', () => {
  const counts = ({ execute }: { readonly execute: string }) => (execute === 'guest-ping' ? {} : 2);

  it('is known until its thaw', async () => {
    const { verbs, live, context, obj } = await runWithAgent({ answer: counts });
    const { statuses } = context.host as unknown as FakeHost;
    expect(await verbs['agent.fsFreeze']?.({ domain }, call)).toEqual({ count: 2 });
    expect(live.isFrozen).toBe(true);
    expect(statuses.get(obj.uuid)?.isFrozen).toBe(true); // for the engine that takes over
    await expect(verbs['agent.fsFreeze']?.({ domain }, call)).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
    expect(await verbs['agent.fsThaw']?.({ domain }, call)).toEqual({ count: 2 });
    expect([live.isFrozen, statuses.get(obj.uuid)?.isFrozen]).toEqual([false, undefined]);
    // Also where we know of none: another client, or an engine before us, may have frozen them.
    expect(await verbs['agent.fsThaw']?.({ domain }, call)).toEqual({ count: 2 });
  });

  it('whose answer does not come in time is taken back', async () => {
    const { guest, verbs, live } = await runWithAgent({
      answer: (request) => (request.execute === 'guest-fsfreeze-freeze' ? SILENCE : counts(request)),
    });
    await expect(verbs['agent.fsFreeze']?.({ domain, timeoutMs: 50 }, call)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_TIMEOUT',
    });
    expect(guest.asked.at(-1)?.execute).toBe('guest-fsfreeze-thaw');
    expect(live.isFrozen).toBe(false);
  });

  it('that can’t be taken back says that filesystems may be frozen', async () => {
    const { verbs, live } = await runWithAgent({
      answer: ({ execute }) => {
        if (execute === 'guest-ping') return {};
        throw new Refusal('GenericError', 'it is all too much');
      },
    });
    await expect(verbs['agent.fsFreeze']?.({ domain }, call)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
      message: expect.stringMatching(/too much; whether filesystems of domain 'web' are frozen is not known/),
    });
    expect(live.isFrozen).toBe(true);
  });

  it('can be thawed while a program runs in the guest and other changes wait', async () => {
    const { guest, context, verbs } = await runWithAgent({
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
    const { guest, verbs } = await runWithAgent({
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
    const { verbs } = await runWithAgent({
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
    const { guest, context, verbs } = await runWithAgent();
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
    const { guest, verbs } = await runWithAgent();
    await expect(verbs['agent.command']?.({ domain, command }, call)).rejects.toMatchObject({ code: 'INVALID_ARG' });
    expect(guest.synced).toEqual([]);
  });
});

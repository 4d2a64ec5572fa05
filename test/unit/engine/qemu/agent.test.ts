// The guest agent's connection against an agent that we script: one that hangs, lies, floods, answers late, or goes away.
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Agent } from '../../../../src/engine/qemu/agent.ts';
import { type Answer, FakeAgent, type FakeAgentOptions, Refusal, SILENCE } from '../../../helpers/fake-agent.ts';

/** Short, for waits that are to end by their deadline. */
const SOON = { timeoutMs: 30, syncTimeoutMs: 30 };

async function setUp(options: FakeAgentOptions = {}) {
  const guest = await FakeAgent.start(options);
  const agent = new Agent({ path: guest.path, name: 'web' });
  onTestFinished(() => agent.close('the test is over'));
  return { guest, agent };
}

const raw =
  (bytes: string | Buffer): Answer =>
  (_request, socket) => {
    socket.write(bytes);
    return SILENCE;
  };

describe('an agent that behaves', () => {
  it('is brought in step by an id of its own before each command, and answers it', async () => {
    const { guest, agent } = await setUp({
      answer: ({ execute }) => (execute === 'guest-get-host-name' ? { 'host-name': 'wéb' } : {}),
    });
    expect(await agent.execute('guest-get-host-name')).toEqual({ 'host-name': 'wéb' });
    await agent.execute('guest-ping');
    expect(guest.asked.map(({ execute }) => execute)).toEqual(['guest-get-host-name', 'guest-ping']);
    expect(new Set(guest.synced).size).toBe(2);
    expect(guest.connections).toBe(1);
  });

  it('gets one command at a time, in the order of the calls, the urgent ones first', async () => {
    let answerFirst = (): void => undefined;
    const { guest, agent } = await setUp({
      answer: ({ execute }, socket) => {
        if (execute !== 'guest-fstrim') return 1;
        answerFirst = () => void socket.write('{"return": {"paths": []}}\n');
        return SILENCE;
      },
    });
    const calls = [
      agent.execute('guest-fstrim'),
      agent.execute('guest-get-time'),
      agent.execute('guest-fsfreeze-thaw', undefined, { isUrgent: true }),
    ];
    await guest.until(() => guest.asked.length === 1);
    answerFirst();
    await Promise.all(calls);
    expect(guest.asked.map(({ execute }) => execute)).toEqual([
      'guest-fstrim',
      'guest-fsfreeze-thaw',
      'guest-get-time',
    ]);
  });

  it('may name the interface behind an address, which is the address without it', async () => {
    const address = { 'ip-address': 'fe80::1%em0', 'ip-address-type': 'ipv6', prefix: 64 };
    const { agent } = await setUp({
      answer: () => [{ name: 'em0', 'hardware-address': '', 'ip-addresses': [address] }],
    });
    expect(await agent.execute('guest-network-get-interfaces')).toEqual([
      { name: 'em0', 'hardware-address': undefined, 'ip-addresses': [{ ...address, 'ip-address': 'fe80::1' }] },
    ]);
  });

  it('may refuse: its words are passed on without what steers a terminal, and the next command is asked on the same connection', async () => {
    const { guest, agent } = await setUp({
      answer: ({ execute }) => {
        if (execute === 'guest-exec') throw new Refusal('CommandNotFound', 'Command guest-exec has been disabled');
        if (execute === 'guest-fsfreeze-freeze') throw new Refusal('GenericError', 'no\u001b[2J can do\u202e');
        return {};
      },
    });
    await expect(agent.execute('guest-exec')).rejects.toMatchObject({
      code: 'NO_SUPPORT',
      message: "the guest agent of domain 'web' refused guest-exec: Command guest-exec has been disabled",
    });
    await expect(agent.execute('guest-fsfreeze-freeze')).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
      message: expect.stringMatching(/refused guest-fsfreeze-freeze: no\ufffd\[2J can do\ufffd$/),
    });
    await agent.execute('guest-ping');
    expect(guest.connections).toBe(1);
  });

  it('is told to go, and its silence, its end or its answer are all well', async () => {
    const { guest, agent } = await setUp({ answer: () => SILENCE });
    const options = { timeoutMs: 5_000, done: new Promise<void>(() => undefined) };
    await agent.tell('guest-shutdown', { mode: 'powerdown' }, { ...options, done: Promise.resolve() });
    guest.answer = (_request, socket) => {
      socket.destroy();
      return SILENCE;
    };
    await agent.tell('guest-shutdown', { mode: 'powerdown' }, options);
    guest.answer = () => ({});
    await agent.tell('guest-suspend-ram', {}, options);
    guest.answer = () => {
      throw new Refusal('GenericError', 'there is no systemd');
    };
    await expect(agent.tell('guest-suspend-ram', {}, options)).rejects.toMatchObject({ code: 'AGENT_COMMAND_FAILED' });
    guest.answer = () => SILENCE;
    await expect(agent.tell('guest-suspend-ram', {}, { ...options, timeoutMs: 30 })).rejects.toMatchObject({
      code: 'AGENT_COMMAND_TIMEOUT',
    });
  });
});

describe('an agent that hangs', () => {
  it('is told from a command that takes long', async () => {
    const { guest, agent } = await setUp({ answer: () => SILENCE });
    await expect(agent.execute('guest-fstrim', undefined, SOON)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_TIMEOUT',
      message: expect.stringContaining("domain 'web' to guest-fstrim took longer than"),
    });
    guest.sync = () => undefined;
    await expect(agent.execute('guest-ping', undefined, SOON)).rejects.toMatchObject({
      code: 'AGENT_UNRESPONSIVE',
      message: expect.stringContaining('qemu-guest-agent'),
    });
  });

  it('is found dead once for all that wait for it, but for a thaw, which tries itself', async () => {
    const { guest, agent } = await setUp({ sync: () => undefined });
    const calls = ['guest-ping', 'guest-get-time', 'guest-info'] as const;
    const waiting = calls.map((command) => agent.execute(command, undefined, { syncTimeoutMs: 30 }));
    const thaw = agent.execute('guest-fsfreeze-thaw', undefined, { isUrgent: true });
    for (const { status } of await Promise.allSettled(waiting)) expect(status).toBe('rejected');
    guest.sync = (id, socket) => guest.sendSync(id, socket);
    guest.answer = () => 2;
    await guest.until(() => guest.synced.length > 0);
    guest.sendSync(guest.synced.at(-1) ?? 0, guest.sockets[0] as never);
    expect(await thaw).toBe(2);
    expect(guest.synced).toHaveLength(2);
  });

  it('answers late: what it says to a command that was given up is not taken for the next one’s answer', async () => {
    const { guest, agent } = await setUp({ answer: () => SILENCE });
    await expect(agent.execute('guest-get-time', undefined, SOON)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_TIMEOUT',
    });
    const [stale] = guest.synced;
    guest.sync = (id, socket) => {
      // The late answer, then that to a sync that nobody waits for any more, with half a line behind it; all before the answer to ours.
      socket.write('{"return": 1111}\n');
      guest.sendSync(stale ?? 0, socket);
      socket.write('{"return": 2222}\n{"return": 33');
      guest.sendSync(id, socket);
    };
    guest.answer = () => 4444;
    expect(await agent.execute('guest-get-time')).toBe(4444);
  });

  it('answers the sync of somebody before us first: that brings nobody in step', async () => {
    const { guest, agent } = await setUp({ sync: () => undefined });
    const other = await setUp();
    await expect(agent.execute('guest-ping', undefined, SOON)).rejects.toMatchObject({ code: 'AGENT_UNRESPONSIVE' });
    const [stale] = guest.synced;
    const inOrder = Promise.withResolvers<void>();
    guest.sync = async (id, socket) => {
      guest.sendSync(stale ?? 0, socket);
      // Time in which a command would be sent too early, and take the answer to our sync for its own.
      for (let round = 0; round < 20; round += 1) await other.agent.execute('guest-ping');
      guest.sendSync(id, socket);
      inOrder.resolve();
    };
    guest.answer = (_request, socket) => {
      void inOrder.promise.then(() => socket.write('{"return": 4444}\n'));
      return SILENCE;
    };
    expect(await agent.execute('guest-get-time')).toBe(4444);
  });

  it('lets its caller go at once where that cancels, also while it waits for its turn', async () => {
    const { guest, agent } = await setUp({ answer: () => SILENCE });
    const wish = new AbortController();
    const calls = [0, 1].map(() => agent.execute('guest-get-time', undefined, { signal: wish.signal }));
    await guest.until(() => guest.asked.length === 1);
    wish.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    guest.answer = () => 7;
    expect(await agent.execute('guest-get-time')).toBe(7);
    expect(guest.asked).toHaveLength(2);
  });

  it('has no endless queue: who comes when too many wait is told so', async () => {
    const { agent } = await setUp({ sync: () => undefined });
    const calls = Array.from({ length: 66 }, () => agent.execute('guest-ping'));
    await expect(calls.at(-1)).rejects.toMatchObject({ code: 'RESOURCE_BUSY' });
    agent.close('the domain ended');
    const codes = (await Promise.allSettled(calls.slice(0, -1))).map((call) =>
      call.status === 'rejected' ? call.reason.code : call.status,
    );
    expect(new Set(codes)).toEqual(new Set(['AGENT_UNRESPONSIVE']));
  });
});

describe('an agent that lies or floods', () => {
  it.each([
    ['says no JSON', raw('garbage\n'), /given up/],
    ['says JSON that is no reply', raw('{"hello": 1}\n'), /is none/],
    ['says JSON that is no object', raw('[1]\n'), /is none/],
    ['says an error without words', raw('{"error": 5}\n'), /is none/],
    ['nests its answer without end', raw(`{"return": ${'['.repeat(100_000)}`.concat('\n')), /nested/],
    ['never ends its line', raw('x'.repeat(11 * 1024 * 1024)), /longer than/],
    ['says a text for a number', () => 'soon', /malformed/],
    ['says a list for a number', () => [1], /malformed/],
  ])('that %s costs its caller one error, and the next call begins anew', async (_what, answer, message) => {
    const { guest, agent } = await setUp({ answer });
    const call = agent.execute('guest-fsfreeze-freeze');
    await expect(call).rejects.toMatchObject({ code: 'AGENT_COMMAND_FAILED', message: expect.stringMatching(message) });
    guest.answer = () => 3;
    expect(await agent.execute('guest-fsfreeze-freeze')).toBe(3);
  });

  it('that echoes other ids than the one it was sent is never in step', async () => {
    const { guest, agent } = await setUp();
    guest.sync = (id, socket) => {
      for (const wrong of [id + 1, 0, -1]) guest.sendSync(wrong, socket);
      socket.write(`{"return": ${id}}\n`); // the right one without its sentinel may be older than we are
      socket.write(Buffer.from([0xff, ...Buffer.from('{"return": "x"}\n'), 0xff, ...Buffer.from('junk\n')]));
    };
    await expect(agent.execute('guest-ping', undefined, SOON)).rejects.toMatchObject({ code: 'AGENT_UNRESPONSIVE' });
    expect(guest.asked).toEqual([]);
  });

  it('that says whatever it likes is an error with a code, and the next call is answered', async () => {
    const { guest, agent } = await setUp();
    const piece = fc.oneof(
      fc.constantFrom('{"return":', '{"error":', '{}', '"', '[', ']', '}', '\n', '\xff', '{"return": 1}\n', 'null'),
      fc.json(),
      fc.string({ maxLength: 10 }),
    );
    const said = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.from(`${pieces.join('')}\n`, 'latin1'));
    const codes = ['AGENT_COMMAND_FAILED', 'AGENT_COMMAND_TIMEOUT', 'AGENT_UNRESPONSIVE', 'NO_SUPPORT'];
    await fc.assert(
      fc.asyncProperty(said, async (bytes) => {
        guest.answer = raw(bytes);
        const outcome = await agent.execute('guest-get-host-name', undefined, { timeoutMs: 10 }).then(
          () => 'answered',
          (error: { code?: string }) => error.code,
        );
        expect([...codes, 'answered']).toContain(outcome);
        guest.answer = () => 42;
        expect(await agent.execute('guest-get-time')).toBe(42);
      }),
      { numRuns: 200 },
    );
  });

  it('that floods before it is in step is let go by in little memory', async () => {
    const { guest, agent } = await setUp({ answer: () => 5 });
    const flood = Buffer.alloc(4 * 1024 * 1024, 'x');
    guest.sync = (id, socket) => {
      for (let round = 0; round < 8; round += 1) socket.write(flood);
      guest.sendSync(id, socket);
    };
    expect(await agent.execute('guest-get-time')).toBe(5);
  });

  it('that babbles while nobody asks is not read', async () => {
    const { guest, agent } = await setUp({ answer: () => 6 });
    const other = await setUp({ answer: () => 7 });
    await agent.execute('guest-get-time');
    const [socket] = guest.sockets;
    socket?.write('{"return": 1}\n'.repeat(1_000_000));
    // Time in which it would have been read.
    for (let round = 0; round < 100; round += 1) await other.agent.execute('guest-get-time');
    expect(socket?.writableLength).toBeGreaterThan(0);
    expect(await agent.execute('guest-get-time', undefined, { syncTimeoutMs: 30_000 })).toBe(6);
  });

  it.each([
    [
      'guest-network-get-interfaces',
      [{ name: 'eth0', 'ip-addresses': [{ 'ip-address': 'x; rm -rf', 'ip-address-type': 'ipv4', prefix: 24 }] }],
    ],
    [
      'guest-network-get-interfaces',
      [{ name: 'eth0', 'ip-addresses': [{ 'ip-address': '10.0.0.1', 'ip-address-type': 'ipv4', prefix: 1e9 }] }],
    ],
    ['guest-network-get-interfaces', Array.from({ length: 5_000 }, () => ({ name: 'eth' }))],
    ['guest-network-get-interfaces', [{ name: 'x'.repeat(10_000) }]],
    ['guest-exec-status', { exited: true, exitcode: 0, 'out-data': '<no base64>' }],
    ['guest-get-users', [{ user: 'ada', 'login-time': 'now' }]],
    ['guest-fsfreeze-status', 'lukewarm'],
    ['guest-get-vcpus', { length: 3 }],
  ] as const)('that says nonsense to %s is not believed', async (command, said) => {
    const { agent } = await setUp({ answer: () => said });
    await expect(agent.execute(command)).rejects.toMatchObject({
      code: 'AGENT_COMMAND_FAILED',
      message: expect.stringContaining('malformed'),
    });
  });
});

describe('an agent that goes away', () => {
  it('in the middle of its answer ends the call, and the next one finds it where it is back', async () => {
    const { guest, agent } = await setUp({
      answer: (_request, socket) => {
        socket.end('{"return": {"host-na');
        return SILENCE;
      },
    });
    await expect(agent.execute('guest-get-host-name')).rejects.toMatchObject({
      code: 'AGENT_UNRESPONSIVE',
      message: expect.stringContaining('went away'),
    });
    guest.answer = () => ({ 'host-name': 'web' });
    expect(await agent.execute('guest-get-host-name')).toEqual({ 'host-name': 'web' });
    expect(guest.connections).toBe(2);
  });

  it('by closing its port, or with its domain, ends what is under way at once', async () => {
    const { guest, agent } = await setUp({ answer: () => SILENCE });
    const first = agent.execute('guest-get-time');
    await guest.until(() => guest.asked.length === 1);
    agent.portClosed();
    await expect(first).rejects.toMatchObject({ code: 'AGENT_UNRESPONSIVE' });
    const second = agent.execute('guest-get-time');
    await guest.until(() => guest.asked.length === 2);
    agent.close('domain ended');
    await expect(second).rejects.toMatchObject({ code: 'AGENT_UNRESPONSIVE' });
    await expect(agent.execute('guest-ping')).rejects.toMatchObject({ code: 'AGENT_UNRESPONSIVE' });
  });

  it('before it was there is told so', async () => {
    const agent = new Agent({ path: '/nowhere/agent.sock', name: 'web' });
    await expect(agent.execute('guest-ping')).rejects.toMatchObject({
      code: 'AGENT_UNRESPONSIVE',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('sends its answer byte by byte, through the middle of a character, and is understood', async () => {
    const { agent } = await setUp({
      answer: (_request, socket) => {
        for (const byte of Buffer.from('{"return": {"host-name": "wéb€"}}\r\n')) socket.write(Buffer.of(byte));
        return SILENCE;
      },
    });
    expect(await agent.execute('guest-get-host-name')).toEqual({ 'host-name': 'wéb€' });
  });

  it('may say bytes that are no UTF-8, which become signs that say so', async () => {
    const { agent } = await setUp({
      answer: raw(Buffer.from([...Buffer.from('{"return": {"host-name": "w'), 0xc3, 0x28, ...Buffer.from('"}}\n')])),
    });
    expect(await agent.execute('guest-get-host-name')).toEqual({ 'host-name': 'w\ufffd(' });
  });
});

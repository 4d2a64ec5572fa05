// The QMP connection against a peer that we script, also one that lies, floods or vanishes.
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Monitor } from '../../../../src/engine/qemu/monitor.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 7}, "package": ""}, "capabilities": ["oob"]}}\r\n';

interface Peer {
  readonly path: string;
  readonly socket: Promise<Socket>;
}

/** A QMP server that sends `greeting` and answers each command by `answer`. */
async function peer(
  answer: (command: { execute: string; id: number }, socket: Socket) => void,
  greeting = GREETING,
): Promise<Peer> {
  const path = join(tempDir(), 'qmp');
  const accepted = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    accepted.resolve(socket);
    socket.on('error', () => undefined);
    socket.write(greeting);
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const command = JSON.parse(line);
        if (command.execute === 'qmp_capabilities') socket.write(`{"return": {}, "id": ${command.id}}\r\n`);
        else answer(command, socket);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    (await accepted.promise).destroy();
    server.close();
  });
  return { path, socket: accepted.promise };
}

const open = async (path: string, timeoutMs = 5_000): Promise<Monitor> => {
  const monitor = await Monitor.open({ path, timeoutMs });
  onTestFinished(() => monitor.close());
  return monitor;
};

describe('the monitor', () => {
  it('negotiates, then answers each command with its own reply, also out of order', async () => {
    const held: (() => void)[] = [];
    const { path } = await peer(({ execute, id }, socket) => {
      held.unshift(() =>
        socket.write(
          `{"return": {"running": ${execute === 'query-status'}, "status": "running", "enabled": true, "present": true}, "id": ${id}}\n`,
        ),
      );
      if (held.length === 2) for (const send of held) send();
    });
    const monitor = await open(path);
    const [status, kvm] = await Promise.all([monitor.execute('query-status'), monitor.execute('query-kvm')]);
    expect([status.running, kvm.enabled]).toEqual([true, true]);
  });

  it('puts a reply together from many pieces, and takes several from one', async () => {
    const { path } = await peer(({ id }, socket) => {
      const text = Buffer.from(`{"event": "STOP"}\n{"return": {"name": "wéb"}, "id": ${id}}\n`);
      for (const byte of text) socket.write(Buffer.from([byte]));
    });
    const monitor = await open(path);
    const events: string[] = [];
    monitor.onEvent(({ event }) => events.push(event));
    expect((await monitor.execute('query-name')).name).toBe('wéb');
    expect(events).toEqual(['STOP']);
  });

  it('passes QEMU’s refusal on in its own words', async () => {
    const { path } = await peer(
      ({ id }, socket) => void socket.write(`{"error": {"class": "GenericError", "desc": "no can do"}, "id": ${id}}\n`),
    );
    await expect((await open(path)).execute('cont')).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      message: 'QEMU refused cont: no can do',
    });
  });

  it('refuses a reply of the wrong shape', async () => {
    const { path } = await peer(({ id }, socket) => void socket.write(`{"return": {"running": "yes"}, "id": ${id}}\n`));
    await expect((await open(path)).execute('query-status')).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      message: expect.stringContaining('malformed'),
    });
  });

  it.each([
    ['babbles garbage', 'garbage\n'],
    ['sends JSON that is no message', '{"hello": 1}\n'],
    ['sends an event without a name', '{"event": 7}\n'],
    ['never ends its line', `${'x'.repeat(11 * 1024 * 1024)}`],
  ])('drops a peer that %s', async (_what, bytes) => {
    const { path } = await peer((_command, socket) => void socket.write(bytes));
    const monitor = await open(path);
    const closed = new Promise<string>((resolve) => monitor.onClose(resolve));
    await expect(monitor.execute('query-status')).rejects.toMatchObject({ code: 'OPERATION_FAILED' });
    expect(await closed).toMatch(/QEMU broke the monitor protocol/);
    await expect(monitor.execute('cont')).rejects.toMatchObject({ message: expect.stringContaining("can't be sent") });
  });

  it('gives up on a command after its deadline, and on the caller’s wish, and still serves the next', async () => {
    const { path } = await peer(({ execute, id }, socket) => {
      if (execute !== 'stop') socket.write(`{"return": {}, "id": ${id}}\n`);
    });
    const monitor = await open(path);
    await expect(monitor.execute('stop', undefined, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'OPERATION_TIMEOUT',
    });
    const wish = new AbortController();
    const waiting = monitor.execute('stop', undefined, { signal: wish.signal });
    wish.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
    await monitor.execute('cont');
  });

  it('ends the wait for a greeting that never comes, and for a peer that goes away', async () => {
    const silent = await peer(() => undefined, '');
    await expect(Monitor.open({ path: silent.path, timeoutMs: 20 })).rejects.toMatchObject({
      code: 'OPERATION_TIMEOUT',
    });
    const { path, socket } = await peer((_command, connection) => connection.destroy());
    const monitor = await open(path);
    await socket;
    await expect(monitor.execute('quit')).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      message: expect.stringContaining('QEMU closed its monitor'),
    });
  });

  it('leaves a QEMU that dies the time to be known as dead before it says that the connection ended', async () => {
    const { path, socket } = await peer(() => undefined, '');
    const death = new AbortController();
    const opened = Monitor.open({ path, timeoutMs: 5_000, signal: death.signal });
    const failed = expect(opened).rejects.toMatchObject({
      message: 'QEMU’s monitor did not answer: QEMU closed its monitor',
    });
    const isKnown = opened.catch(() => death.signal.aborted);
    (await socket).destroy();
    setTimeout(() => death.abort(), 20);
    await failed;
    expect(await isKnown).toBe(true);
  });

  it('rejects where nobody listens', async () => {
    await expect(Monitor.open({ path: join(tempDir(), 'none'), timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
    });
  });
});

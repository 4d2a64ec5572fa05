// One engine a user, handed over: from a closed window to a background engine without a gap in events, from an older program to a newer one.
import { type ChildProcess, spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { followDomainEvents } from '../../src/common/contract/follow.ts';
import type { DomainEvent } from '../../src/common/model/event.ts';
import { connectClient, resolvePaths } from '../../src/engine/client.ts';
import { createEngine } from '../../src/engine/index.ts';
import { tinyDomain } from '../helpers/domain-xml.ts';
import { eachInSandbox, sandbox } from '../helpers/each-sandbox.ts';
import { EngineProcess } from '../helpers/fault-walk.ts';
import { SERVER } from '../helpers/sandbox.ts';

eachInSandbox({ VIVARIUM_IDLE_SECONDS: '30' });

/** A window's server; resolves once it serves. */
function openWindow(): Promise<ChildProcess> {
  const server = spawn(process.execPath, [SERVER, '--headless'], {
    env: sandbox.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    server.stdout.once('data', () => resolve(server));
    server.once('exit', () => reject(new Error('the server ended at once')));
  });
}

/** Collects events, whatever engine tells them. */
async function follow() {
  const paths = resolvePaths(sandbox.env);
  const events: DomainEvent[] = [];
  const gaps: string[] = [];
  let heard = Promise.withResolvers<void>();
  const follower = await followDomainEvents({
    connect: async () => {
      // Between two engines nobody listens for a moment.
      let client = await connectClient(paths.socket);
      await sandbox.until(async () => {
        client ??= await connectClient(paths.socket);
        return client !== undefined;
      }, 'an engine');
      if (!client) throw new Error('no engine');
      return client;
    },
    onEvent: (event) => {
      events.push(event);
      heard.resolve();
    },
    onGap: () => gaps.push('gap'),
    onEnd: (error) => gaps.push(String(error)),
  });
  const until = async (event: string): Promise<void> => {
    while (!events.some((candidate) => candidate.event === event)) {
      heard = Promise.withResolvers();
      if (!events.some((candidate) => candidate.event === event)) await heard.promise;
    }
  };
  return { events, gaps, until, follower };
}

describe('a window that is closed while guests run', () => {
  it('leaves them to a background engine, and who listens misses no event', async () => {
    const server = await openWindow();
    const client = await connectClient(resolvePaths(sandbox.env).socket);
    const { uuid } = (await client?.call('domain.create', { xml: tinyDomain({ name: 'web' }) })) ?? {};
    const { events, gaps, until, follower } = await follow();
    await client?.call('domain.suspend', { domain: 'web' });
    client?.dispose();
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
    expect(sandbox.guests).toHaveLength(1);
    expect((await sandbox.cli('resume', 'web')).code).toBe(0);
    await until('Resumed');
    expect((await sandbox.cli('destroy', 'web')).code).toBe(0);
    await until('Stopped');
    expect(gaps).toEqual([]);
    const numbers = events.map(({ sequence }) => sequence);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    expect(
      events.filter(({ kind, uuid: of }) => kind === 'lifecycle' && of === uuid).map(({ event }) => event),
    ).toEqual(['Suspended', 'Resumed', 'Shutdown', 'Stopped']);
    follower.dispose();
  });

  it('says that events were missed where the engine died instead', async () => {
    const engine = await EngineProcess.start(sandbox);
    const { gaps, until, follower } = await follow();
    await engine.kill();
    expect((await sandbox.cli('list')).code).toBe(0);
    await sandbox.until(() => gaps.length > 0, 'the gap to be told');
    expect((await sandbox.cli('define', await sandbox.write('web.xml', tinyDomain({ name: 'web' })))).code).toBe(0);
    await until('Defined');
    expect(gaps).toEqual(['gap']);
    follower.dispose();
  });
});

describe('an older engine', () => {
  it('is replaced by that of a newer program, which adopts its guests', async () => {
    const ended = Promise.withResolvers<void>();
    const old = await createEngine({
      shell: 'background',
      version: '0.0.1',
      env: sandbox.env,
      onStopRequest: ended.resolve,
    });
    void ended.promise.then(() => old.close());
    const { signal } = new AbortController();
    await old.handler.call('domain.create', { xml: tinyDomain({ name: 'web' }) }, { signal });
    const { pid } = await old.handler.call('domain.lookup', { domain: 'web' }, { signal });
    const info = await sandbox.json<{ pid: number; adoption: string[] }>('engine-info');
    await ended.promise;
    expect(info.pid).not.toBe(process.pid);
    expect(info.adoption).toEqual(["'web' is running and was taken over"]);
    expect(await sandbox.json('list')).toMatchObject([{ name: 'web', state: 'running', pid }]);
    expect((await sandbox.cli('destroy', 'web')).code).toBe(0);
  });

  it('is left alone where a window hosts it, or where it is not older', async () => {
    for (const [shell, version] of [
      ['browser', '0.0.1'],
      ['background', '99.0.0'],
    ] as const) {
      const engine = await createEngine({
        shell,
        version,
        env: sandbox.env,
        onStopRequest: () => {
          throw new Error('it was asked to end');
        },
      });
      expect(await sandbox.json('engine-info')).toMatchObject({ pid: process.pid, version });
      await engine.close();
    }
  });
});

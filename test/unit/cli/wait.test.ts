import { describe, expect, it } from 'vitest';
import { waitForState } from '../../../src/cli/commands/wait.ts';
import { Emitter } from '../../../src/common/base/emitter.ts';
import { createContractClient } from '../../../src/common/contract/client.ts';
import { createMemoryTransportPair } from '../../../src/common/contract/memory-transport.ts';
import { type ContractHandler, serveContract } from '../../../src/common/contract/server.ts';
import { virError } from '../../../src/common/errors.ts';
import type { DomainState } from '../../../src/common/model/domain.ts';

/** An engine with one domain, 'web', whose state the test sets; undefined: it is gone. */
function connect() {
  const changed = new Emitter<never>();
  const looks = { count: 0, next: Promise.withResolvers<void>() };
  let state: DomainState | undefined = 'running';
  const handler: ContractHandler = {
    call: async () => {
      looks.count += 1;
      looks.next.resolve();
      if (state === undefined) throw virError('NO_DOMAIN', 'none');
      return { uuid: 'u', name: 'web', state } as never;
    },
    subscribe: (_, listener) => changed.event(listener as never),
  };
  const [client, server] = createMemoryTransportPair();
  serveContract(server, handler);
  return {
    client: createContractClient(client),
    close: () => server.close(),
    looks,
    become: (next: DomainState | undefined) => {
      state = next;
      changed.fire({ kind: 'lifecycle' } as never);
    },
    isHeard: () => changed.hasListeners,
  };
}

describe('waiting for a state', () => {
  it('looks once, and again with each event', async () => {
    const engine = connect();
    const found = waitForState(engine.client, 'web', 'shutoff');
    await engine.looks.next.promise;
    engine.looks.next = Promise.withResolvers();
    engine.become('paused');
    await engine.looks.next.promise;
    engine.become('shutoff');
    expect(await found).toMatchObject({ name: 'web', state: 'shutoff' });
    expect(engine.looks.count).toBe(3);
  });

  it('takes a domain that is gone for one that is shut off', async () => {
    const engine = connect();
    const found = waitForState(engine.client, 'web', 'shutoff');
    await engine.looks.next.promise;
    engine.become(undefined);
    expect(await found).toEqual({ name: 'web', uuid: 'u', state: 'shutoff' });
  });

  it('refuses a domain that never was', async () => {
    const engine = connect();
    engine.become(undefined);
    await expect(waitForState(engine.client, 'web', 'shutoff')).rejects.toMatchObject({ code: 'NO_DOMAIN' });
  });

  it('gives up after its time, and when the engine ends', async () => {
    const engine = connect();
    await expect(waitForState(engine.client, 'web', 'paused', 0)).rejects.toMatchObject({
      code: 'OPERATION_TIMEOUT',
      message: "domain 'web' is running, not paused, after 0 s",
    });
    await engine.client.call('engine.info', {});
    expect(engine.isHeard()).toBe(false);
    engine.looks.next = Promise.withResolvers();
    const waiting = waitForState(engine.client, 'web', 'paused');
    await engine.looks.next.promise;
    engine.close();
    await expect(waiting).rejects.toMatchObject({ code: 'NO_CONNECT' });
  });
});

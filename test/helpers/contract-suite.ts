// The contract suite: what every transport must do. Each transport's test file calls it with a way to connect a client to a handler.
import { describe, expect, it } from 'vitest';
import { Emitter } from '../../src/common/base/emitter.ts';
import { createContractClient } from '../../src/common/contract/client.ts';
import { contractParsers } from '../../src/common/contract/parsers.ts';
import type { EventData, EventName } from '../../src/common/contract/procedures.ts';
import { type ContractHandler, serveContract } from '../../src/common/contract/server.ts';
import type { Transport } from '../../src/common/contract/transport.ts';
import { virError } from '../../src/common/errors.ts';

export interface TransportPair {
  readonly client: Transport;
  readonly server: Transport;
  dispose(): Promise<void> | void;
}

type Call = (procedure: string, input: unknown, signal: AbortSignal) => Promise<unknown>;

const eventOf = (sequence: number): EventData<'domain'> => ({
  sequence,
  at: 1,
  kind: 'lifecycle',
  uuid: 'u',
  name: 'web',
  event: 'Started',
  detail: 'Booted',
});

async function connect(open: () => Promise<TransportPair>, call: Call) {
  const pair = await open();
  const domain = new Emitter<never>();
  const internal: unknown[] = [];
  const handler: ContractHandler = {
    call: (procedure, input, { signal }) => call(procedure, input, signal) as never,
    subscribe: (event: EventName, listener) => {
      if (event !== 'domain') throw virError('NO_SUPPORT', `no ${event} here`);
      return domain.event(listener as never);
    },
  };
  serveContract(pair.server, handler, { onInternalError: (error) => internal.push(error), maxCalls: 3 });
  const client = createContractClient(pair.client, contractParsers);
  return {
    ...pair,
    contract: client,
    domain: { fire: (value: unknown) => domain.fire(value as never), has: () => domain.hasListeners },
    internal,
  };
}

export function describeContract(name: string, open: () => Promise<TransportPair>): void {
  describe(`the contract over ${name}`, () => {
    it('carries a call and its answer, checked by the procedure’s schemas', async () => {
      const { contract, dispose } = await connect(open, async (procedure, input) => ({
        xml: `${procedure} ${JSON.stringify(input)} ü€😀`,
      }));
      expect(await contract.call('domain.dumpxml', { domain: 'wéb', inactive: true })).toEqual({
        xml: 'domain.dumpxml {"domain":"wéb","inactive":true} ü€😀',
      });
      await dispose();
    });

    it('answers calls in the order in which they end, each to its own caller', async () => {
      const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const { contract, dispose } = await connect(open, async (_procedure, input) => {
        const index = Number((input as { domain: string }).domain);
        await gates[index]?.promise;
        return { xml: String(index) };
      });
      const order: string[] = [];
      const calls = ['0', '1'].map((domain) =>
        contract.call('domain.dumpxml', { domain }).then(({ xml }) => order.push(xml)),
      );
      gates[1]?.resolve();
      await calls[1];
      gates[0]?.resolve();
      await Promise.all(calls);
      expect(order).toEqual(['1', '0']);
      await dispose();
    });

    it('carries an error as code, message and detail', async () => {
      const { contract, dispose, internal } = await connect(open, async () => {
        throw virError('NO_DOMAIN', 'no such domain', { detail: 'line 1\nline 2' });
      });
      await expect(contract.call('domain.start', { domain: 'web' })).rejects.toMatchObject({
        code: 'NO_DOMAIN',
        message: 'no such domain',
        detail: 'line 1\nline 2',
      });
      expect(internal).toEqual([]);
      await dispose();
    });

    it('turns any other throw into INTERNAL_ERROR without its stack, and tells the host', async () => {
      const { contract, dispose, internal } = await connect(open, async () => {
        throw new TypeError('x is not a function');
      });
      const failure = await contract.call('domain.start', { domain: 'web' }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'INTERNAL_ERROR', detail: undefined });
      expect(internal).toHaveLength(1);
      await dispose();
    });

    it('refuses an unknown procedure and malformed input before the handler sees them', async () => {
      let called = 0;
      const { contract, dispose } = await connect(open, async () => {
        called += 1;
      });
      await expect(contract.call('domain.explode' as never, {} as never)).rejects.toMatchObject({
        code: 'INVALID_ARG',
      });
      await expect(contract.call('domain.start', { domain: 7 } as never)).rejects.toMatchObject({
        code: 'INVALID_ARG',
        message: expect.stringContaining('domain'),
      });
      await expect(contract.call('toString' as never, {} as never)).rejects.toMatchObject({ code: 'INVALID_ARG' });
      expect(called).toBe(0);
      await dispose();
    });

    it('cancels a call at the caller’s wish', async () => {
      const begun = Promise.withResolvers<void>();
      const { contract, dispose } = await connect(open, (_procedure, _input, signal) => {
        begun.resolve();
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(virError('OPERATION_ABORTED', 'cancelled'))),
        );
      });
      const wish = new AbortController();
      const call = contract.call('domain.start', { domain: 'web' }, { signal: wish.signal });
      await begun.promise;
      wish.abort();
      await expect(call).rejects.toMatchObject({ code: 'OPERATION_ABORTED' });
      await dispose();
    });

    it('delivers events in order until unsubscribed', async () => {
      const { contract, dispose, domain } = await connect(open, async () => ({ cancelled: true }));
      const heard: number[] = [];
      const subscription = contract.subscribe('domain', ({ sequence }) => heard.push(sequence));
      await subscription.ready;
      for (const sequence of [1, 2, 3]) domain.fire(eventOf(sequence));
      // An answer comes behind the events that were sent before it.
      await contract.call('command.cancel', { id: 1 });
      expect(heard).toEqual([1, 2, 3]);
      subscription.dispose();
      await contract.call('command.cancel', { id: 1 });
      expect(domain.has()).toBe(false);
      await dispose();
    });

    it('refuses a subscription that the handler refuses', async () => {
      const { contract, dispose } = await connect(open, async () => ({}));
      await expect(contract.subscribe('stats', () => undefined).ready).rejects.toMatchObject({ code: 'NO_SUPPORT' });
      await dispose();
    });

    it('refuses more calls at once than it allows', async () => {
      const gate = Promise.withResolvers<object>();
      const { contract, dispose } = await connect(open, () => gate.promise);
      const calls = [1, 2, 3].map(() => contract.call('engine.stop', {}));
      await expect(contract.call('engine.stop', {})).rejects.toMatchObject({ code: 'RESOURCE_BUSY' });
      gate.resolve({});
      await Promise.all(calls);
      await dispose();
    });

    it('aborts calls and drops subscriptions of a client that goes away, and rejects its calls with NO_CONNECT', async () => {
      const aborted = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const { contract, dispose, domain, client } = await connect(open, (_procedure, _input, signal) => {
        signal.addEventListener('abort', () => aborted.resolve());
        begun.resolve();
        return new Promise(() => undefined);
      });
      await contract.subscribe('domain', () => undefined).ready;
      const call = contract.call('domain.start', { domain: 'web' });
      await begun.promise;
      client.close();
      await expect(call).rejects.toMatchObject({ code: 'NO_CONNECT' });
      await aborted.promise;
      expect(domain.has()).toBe(false);
      await expect(contract.call('engine.stop', {})).rejects.toMatchObject({ code: 'NO_CONNECT' });
      await dispose();
    });

    it('ends the connection of a client that does not speak the protocol', async () => {
      const { dispose, client } = await connect(open, async () => ({}));
      const ended = new Promise<void>((resolve) => client.onClose(() => resolve()));
      client.send({ type: 'call', id: -1 });
      await ended;
      await dispose();
    });
  });
}

import { describe, expect, it } from 'vitest';
import { createContractClient } from '../../../../src/common/contract/client.ts';
import { createMemoryTransportPair } from '../../../../src/common/contract/memory-transport.ts';
import { contractParsers } from '../../../../src/common/contract/parsers.ts';
import { readErrorEnvelope, readServerMessage } from '../../../../src/common/contract/read-message.ts';

describe('a message of the engine', () => {
  it.each([
    { type: 'answer', id: 1, output: { any: 'thing' } },
    { type: 'event', id: 0, data: [1] },
    { type: 'subscribed', id: 7 },
    { type: 'error', id: 2, error: { code: 'NO_DOMAIN', message: 'none', detail: 'more' } },
    { type: 'error', id: 2, error: { code: 'NO_DOMAIN', message: 'none' } },
  ])('is read: %j', (message) => {
    expect(readServerMessage({ ...message, more: 1 })).toEqual(message);
  });

  it.each([
    undefined,
    null,
    'answer',
    {},
    { type: 'answer' },
    { type: 'answer', id: -1 },
    { type: 'answer', id: 1.5 },
    { type: 'answer', id: '1' },
    { type: 'call', id: 1 },
    { type: 'error', id: 1 },
    { type: 'error', id: 1, error: { code: 'toString', message: 'x' } },
    { type: 'error', id: 1, error: { code: 'NO_DOMAIN' } },
  ])('is none of the protocol: %j', (message) => {
    expect(readServerMessage(message)).toBeUndefined();
  });

  it('has no detail but text', () => {
    expect(readErrorEnvelope({ code: 'NO_DOMAIN', message: 'none', detail: 1 })).toBeUndefined();
  });
});

describe('an answer', () => {
  const ask = (parsers?: typeof contractParsers) => {
    const [client, server] = createMemoryTransportPair();
    server.onMessage((message) =>
      server.send({ type: 'answer', id: (message as { id: number }).id, output: { xml: 7, more: true } }),
    );
    return createContractClient(client, parsers).call('domain.dumpxml', { domain: 'web' });
  };

  it('is checked by the parsers that the client was given', async () => {
    await expect(ask(contractParsers)).rejects.toThrow('xml');
  });

  it('is taken as it comes where there are none', async () => {
    expect(await ask()).toEqual({ xml: 7, more: true });
  });
});

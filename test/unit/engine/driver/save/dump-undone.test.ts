// A dump that fails leaves the guest as it was, also where the guest was to be ended behind it; and one that lost its engine leaves no guest paused.
import { expect, it } from 'vitest';
import { recoverDump } from '../../../../../src/engine/driver/save/dump.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

it('resumes a guest whose dump --crash failed', async () => {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  // The fake monitor knows no dump: it fails.
  await expect(call('domain.dump', { domain: 'web', path: '/tmp/no.core', crash: true })).rejects.toThrow('not dumped');
  expect(host.alive[0]?.runState).toBe('running');
  expect(context.list.lookup('web').isActive).toBe(true);
});

it('resumes a guest whose dump lost its engine, once QEMU has written it', async () => {
  const answers = ['active', 'completed'];
  const told: string[] = [];
  const monitor = {
    isClosed: false,
    execute: async (command: string) => {
      told.push(command);
      return command === 'query-dump' ? { status: answers.shift() } : {};
    },
  };
  const live = { phase: 'running', monitor };
  await recoverDump({ state: 'paused', reason: 'dumping', live } as never, live as never);
  expect(told).toEqual(['query-dump', 'query-dump', 'cont']);
});

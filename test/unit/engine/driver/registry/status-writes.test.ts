// One status file a change, not one a word of it: what was queued and is not begun writes how all is then.
import { expect, it } from 'vitest';
import { queueStatus, setState } from '../../../../../src/engine/driver/registry/state-writer.ts';
import type { DomainStatus } from '../../../../../src/engine/state/status-files.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

class CountingHost extends FakeHost {
  readonly written: string[] = [];
  failures = 0;
  gate: Promise<void> = Promise.resolve();
  override async saveStatus(status: DomainStatus): Promise<void> {
    this.written.push(`${status.state} ${status.reason}`);
    await this.gate;
    if (this.failures-- > 0) throw new Error('no space');
    await super.saveStatus(status);
  }
}

async function running() {
  const host = new CountingHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  const obj = context.list.lookup('web');
  const live = obj.live as NonNullable<typeof obj.live>;
  await live.events;
  await obj.statusWrites;
  host.written.length = 0;
  return { host, context, obj, live };
}

it('what is queued together is written once, as it is then', async () => {
  const { host, context, obj, live } = await running();
  setState(context, obj, { state: 'paused', reason: 'user' });
  const first = queueStatus(context, obj, live);
  setState(context, obj, { state: 'running', reason: 'unpaused' });
  await Promise.all([first, queueStatus(context, obj, live)]);
  expect(host.written).toEqual(['running unpaused']);
});

it('what comes while a write is under way is written behind it', async () => {
  const { host, context, obj, live } = await running();
  const gate = Promise.withResolvers<void>();
  host.gate = gate.promise;
  const first = queueStatus(context, obj, live);
  while (host.written.length === 0) await Promise.resolve();
  setState(context, obj, { state: 'paused', reason: 'user' });
  const second = queueStatus(context, obj, live);
  gate.resolve();
  await Promise.all([first, second]);
  expect(host.written).toEqual(['running booted', 'paused user']);
});

it('all who wait hear of a failure, and the next write is made all the same', async () => {
  const { host, context, obj, live } = await running();
  host.failures = 1;
  const waiting = [queueStatus(context, obj, live), queueStatus(context, obj, live)];
  const results = await Promise.allSettled(waiting);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(queueStatus(context, obj, live)).resolves.toBeUndefined();
});

// A save whose migration QEMU does not let go of, because its disk does not answer: the guest runs on, and a person is told.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MonitorPort } from '../../../../../src/engine/driver/host/host-port.ts';
import { recoverSave } from '../../../../../src/engine/driver/save/end-save.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

class Host extends FakeHost {
  override async openMonitor(options: { readonly path: string }): Promise<MonitorPort> {
    const monitor = await super.openMonitor(options);
    const { execute } = monitor;
    const hanging = async (command: string) =>
      command === 'query-migrate' ? { status: 'cancelling' } : execute(command as 'stop');
    return Object.assign(monitor, { execute: hanging as MonitorPort['execute'] });
  }
}

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

async function running() {
  const host = new Host({ step: async () => undefined, faults: ['migrate'] });
  const engine = engineOn(host);
  await engine.call('domain.define', { xml: xmlOf(UUID) });
  await engine.call('domain.start', { domain: 'web' });
  return { host, ...engine };
}

it('ends in time: the guest goes on, no file is left, and the reason is told', async () => {
  const { host, context, call } = await running();
  const failure = call('domain.managedSave', { domain: 'web' }).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await failure).toMatchObject({
    code: 'OPERATION_FAILED',
    message: expect.stringMatching(/State blocked by a device; its guest goes on, but QEMU does not let go/),
  });
  expect([host.alive[0]?.runState, host.saves.size, host.statuses.get(UUID)?.saving]).toEqual([
    'running',
    0,
    undefined,
  ]);
  expect(context.list.lookup('web').state).toBe('running');
});

it('ends in time for the next engine as well', async () => {
  const { host, context } = await running();
  const obj = context.list.lookup('web');
  const { live } = obj;
  if (!live) throw new Error('it has ended');
  const temporary = '/tmp/.hangs.save.saving';
  host.saves.set(temporary, { xml: '', wasRunning: true, memory: '' });
  live.saving = { path: '/tmp/hangs.save', temporary, phase: 'writing', wasRunning: true, isManaged: false };
  for (const process of host.alive) process.runState = 'paused';
  const failure = recoverSave(context, obj, live).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(15_000);
  expect(await failure).toMatchObject({
    code: 'OPERATION_TIMEOUT',
    message: expect.stringContaining('was taken back'),
  });
  expect([host.alive[0]?.runState, host.saves.size, live.saving]).toEqual(['running', 0, undefined]);
});

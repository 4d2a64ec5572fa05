// A restored guest that QEMU did not resume: from then on it is a person's, and an engine that takes over must not resume what they have paused meanwhile.
import { expect, it } from 'vitest';
import { finishRestore } from '../../../../../src/engine/driver/save/restore.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

it('is left as a person paused it', async () => {
  const faults: 'cont'[] = [];
  class Host extends FakeHost {
    override takeFault(fault: Parameters<FakeHost['takeFault']>[0]): boolean {
      return fault === 'cont' && faults.pop() !== undefined;
    }
  }
  const host = new Host({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  await call('domain.managedSave', { domain: 'web' });
  faults.push('cont');
  await expect(call('domain.start', { domain: 'web' })).rejects.toThrow('cont was refused');
  await call('domain.resume', { domain: 'web' });
  await call('domain.suspend', { domain: 'web' });
  const obj = context.list.lookup('web');
  await obj.statusWrites;
  expect(host.statuses.get(UUID)?.restoring).toBeUndefined();
  // What the next engine would do with it.
  if (obj.live) await finishRestore(context, obj, { ...obj.live, restoring: host.statuses.get(UUID)?.restoring });
  expect(host.alive[0]?.runState).toBe('paused');
});

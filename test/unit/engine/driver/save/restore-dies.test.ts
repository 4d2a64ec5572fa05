// A QEMU that ends between the load of the memory and the removal of the managed save: the file is the only copy, and stays.
import { expect, it } from 'vitest';
import type { DomainStatus } from '../../../../../src/engine/state/status-files.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

it('keeps the managed save where QEMU ends before it is removed', async () => {
  class Host extends FakeHost {
    override async saveStatus(status: DomainStatus): Promise<void> {
      await super.saveStatus(status);
      if (status.phase === 'running' && status.restoring) for (const process of this.alive) this.die(process);
    }
  }
  const host = new Host({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  await call('domain.managedSave', { domain: 'web' });
  expect(host.saves.size).toBe(1);
  await call('domain.start', { domain: 'web' }).catch(() => undefined);
  expect([host.saves.size, context.list.lookup('web').hasManagedSave, context.list.lookup('web').isActive]).toEqual([
    1,
    true,
    false,
  ]);
});

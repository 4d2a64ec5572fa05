// A restore that failed and whose QEMU can't be ended: the file is the guest, and the next engine must not take that QEMU for it.
import { expect, it } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import type { MonitorPort } from '../../../../../src/engine/driver/host/host-port.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

it('is no restore to be finished any more', async () => {
  class Host extends FakeHost {
    isBroken = false;
    override async kill(identity: { readonly pid: number }): Promise<void> {
      if (this.isBroken) throw new Error('it hangs in the kernel');
      await super.kill(identity);
    }
    override async openMonitor(options: { readonly path: string }): Promise<MonitorPort> {
      const monitor = await super.openMonitor(options);
      const { execute } = monitor;
      const failing = async (command: string) => {
        if (this.isBroken && command === 'migrate-incoming') throw virError('OPERATION_FAILED', 'no such section');
        return execute(command as 'stop');
      };
      return Object.assign(monitor, { execute: failing as MonitorPort['execute'] });
    }
  }
  const host = new Host({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  await call('domain.managedSave', { domain: 'web' });
  host.isBroken = true;
  await expect(call('domain.start', { domain: 'web' })).rejects.toThrow("can't be restored");
  const obj = context.list.lookup('web');
  await obj.statusWrites;
  expect([obj.isActive, obj.hasManagedSave, host.saves.size]).toEqual([true, true, 1]);
  expect(host.statuses.get(UUID)).toMatchObject({ phase: 'running', state: 'crashed' });
  expect(host.statuses.get(UUID)?.restoring).toBeUndefined();
  await expect(call('domain.resume', { domain: 'web' })).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
});

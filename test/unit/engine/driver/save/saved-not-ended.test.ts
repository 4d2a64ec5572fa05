// A QEMU that outlives its own save: the guest is in the file, and running on beside it would change the disks that the file's memory belongs to.
import { expect, it } from 'vitest';
import { recoverSave } from '../../../../../src/engine/driver/save/end-save.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

class Host extends FakeHost {
  isKillable = false;
  override async kill(identity: { readonly pid: number }): Promise<void> {
    if (!this.isKillable) throw new Error('it hangs in the kernel');
    await super.kill(identity);
  }
}

async function savedButAlive() {
  const host = new Host({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  await expect(call('domain.managedSave', { domain: 'web' })).rejects.toThrow('is saved in');
  return { host, context, call, obj: context.list.lookup('web') };
}

it('is not resumed, nor saved again, and can be forced off', async () => {
  const { host, call, obj } = await savedButAlive();
  expect([obj.hasManagedSave, obj.problem?.message]).toEqual([true, expect.stringContaining('force it off')]);
  for (const verb of ['domain.resume', 'domain.managedSave', 'domain.reset'])
    await expect(call(verb, { domain: 'web' })).rejects.toMatchObject({ code: 'OPERATION_INVALID' });
  expect(host.alive[0]?.runState).toBe('postmigrate');
  host.isKillable = true;
  await call('domain.destroy', { domain: 'web' });
  expect([host.alive.length, host.saves.size, obj.hasManagedSave]).toEqual([0, 1, true]);
});

it('is not resumed by the next engine either, also where its file was moved away', async () => {
  const { host, context, call, obj } = await savedButAlive();
  expect(host.statuses.get(UUID)?.saving?.phase).toBe('saved');
  host.saves.clear();
  const { live } = obj;
  if (!live) throw new Error('it has ended');
  await expect(recoverSave(context, obj, live)).rejects.toThrow('could not be ended');
  await expect(call('domain.resume', { domain: 'web' })).rejects.toThrow('is saved in');
  host.isKillable = true;
  await recoverSave(context, obj, live);
  expect([host.alive.length, obj.reason]).toEqual([0, 'saved']);
});

it('that ends later by itself was saved, and did not crash', async () => {
  const { host, obj } = await savedButAlive();
  const [process] = host.alive;
  if (!process) throw new Error('it has ended');
  const ended = obj.live?.stopped.promise;
  host.isKillable = true;
  host.die(process);
  await ended;
  expect([obj.reason, obj.problem]).toEqual(['saved', undefined]);
});

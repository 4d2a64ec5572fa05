// libvirt: cannot restore domain from a file which belongs to another domain (qemuDomainObjRestore).
import { expect, it } from 'vitest';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

it('does not restore what was saved of an earlier domain of the same name', async () => {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  const obj = context.list.lookup('web');
  // As an engine finds it at its start: only the file's name counts there.
  obj.hasManagedSave = true;
  host.saves.set(`${context.paths.saveDir}/web.save`, {
    xml: xmlOf('22222222-2222-2222-2222-222222222222'),
    wasRunning: true,
    memory: 'of another guest',
  });
  await expect(call('domain.start', { domain: 'web' })).rejects.toThrow('belongs to domain');
  expect([host.alive.length, host.saves.size]).toEqual([0, 1]);
});

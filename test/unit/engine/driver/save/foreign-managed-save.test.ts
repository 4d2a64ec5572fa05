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

it('sets it aside before the domain’s own state is saved under the name', async () => {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  const path = `${context.paths.saveDir}/web.save`;
  const foreign = { xml: xmlOf('22222222-2222-2222-2222-222222222222'), wasRunning: true, memory: 'of another guest' };
  host.saves.set(path, foreign);
  await call('domain.managedSave', { domain: 'web' });
  expect(host.saves.get(path)?.memory).toBe('boot 1');
  expect([...host.saves.values()]).toContain(foreign);
});

it('replaces one of its own', async () => {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  const path = `${context.paths.saveDir}/web.save`;
  host.saves.set(path, { xml: xmlOf(UUID), wasRunning: true, memory: 'of before' });
  await call('domain.managedSave', { domain: 'web' });
  expect([...host.saves].map(([name, { memory }]) => [name, memory])).toEqual([[path, 'boot 1']]);
});

it.each(['domain.save', 'domain.dump'])('%s does not write over the managed save of another domain', async (verb) => {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  const path = `${context.paths.saveDir}/../save/shop.save`;
  await expect(call(verb, { domain: 'web', path })).rejects.toThrow('is in the folder of the managed saves');
});

// An undefine that fails halfway is none: the definition is on disk again.
import { expect, it } from 'vitest';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

it('puts the definition back where the rest of its removal fails', async () => {
  class Host extends FakeHost {
    override async removeDefinition(name: string): Promise<void> {
      await super.removeDefinition(name);
      throw new Error('the autostart link stays');
    }
  }
  const host = new Host({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await expect(call('domain.undefine', { domain: 'web' })).rejects.toThrow();
  expect([context.list.lookup('web').isPersistent, host.definitions.has('web')]).toEqual([true, true]);
});

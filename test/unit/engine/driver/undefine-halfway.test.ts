// An undefine that fails halfway is none: the definition is on disk again.
import { expect, it } from 'vitest';
import { createVerbs } from '../../../../src/engine/driver/verbs.ts';
import { createFakeContext } from '../../../helpers/fake-context.ts';
import { FakeHost } from '../../../helpers/fake-host.ts';

const UUID = '11111111-1111-1111-1111-111111111111';
const xmlOf = (uuid: string): string =>
  `<domain type='qemu'><name>web</name><uuid>${uuid}</uuid><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>`;
type Verb = (input: object, call: { readonly signal: AbortSignal }) => Promise<unknown>;
function engineOn(host: FakeHost) {
  const context = createFakeContext(host);
  const verbs = createVerbs(context) as unknown as Readonly<Record<string, Verb>>;
  const call = (verb: string, input: object): Promise<unknown> =>
    verbs[verb]?.(input, { signal: new AbortController().signal }) ?? Promise.reject(new Error(verb));
  return { context, call };
}

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

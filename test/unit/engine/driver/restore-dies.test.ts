// A QEMU that ends between the load of the memory and the removal of the managed save: the file is the only copy, and stays.
import { expect, it } from 'vitest';
import { createVerbs } from '../../../../src/engine/driver/verbs.ts';
import type { DomainStatus } from '../../../../src/engine/state/status-files.ts';
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

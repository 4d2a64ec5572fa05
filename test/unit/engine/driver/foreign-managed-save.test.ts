// libvirt: cannot restore domain from a file which belongs to another domain (qemuDomainObjRestore).
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

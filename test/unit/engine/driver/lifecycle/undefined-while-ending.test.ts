// A domain that is undefined while its run ends: it leaves with all that is its own, as if it had been transient from the first.
import { expect, it } from 'vitest';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

const TPM = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";
const XML = xmlOf(UUID).replace('</devices>', `${TPM}</devices>`);

it('leaves no TPM where its run ends while its definition is removed', async () => {
  const host: FakeHost = new FakeHost({
    step: async (what) => {
      const { live } = context.list.byUuid(UUID) ?? {};
      const [process] = host.alive;
      if (what !== 'remove the definition' || !live || !process) return;
      host.die(process);
      await live.stopped.promise;
    },
  });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: XML });
  await call('domain.start', { domain: 'web' });
  await call('domain.undefine', { domain: 'web' });
  expect([context.list.size, host.definitions.size, host.tpms.size]).toEqual([0, 0, 0]);
});

it.each(['kill', 'remove the status', 'remove the runtime folder'])('leaves no TPM (at %s)', async (at) => {
  let undefining: Promise<unknown> | undefined;
  const host: FakeHost = new FakeHost({
    step: async (what) => {
      if (what !== at || undefining || !isEnding) return;
      undefining = call('domain.undefine', { domain: 'web' });
      await undefining;
    },
  });
  let isEnding = false;
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: XML });
  await call('domain.start', { domain: 'web' });
  const { live } = context.list.lookup('web');
  const [process] = host.alive;
  if (!live || !process) throw new Error('it has ended');
  expect(host.tpms.size).toBe(1);
  isEnding = true;
  host.die(process);
  await live.stopped.promise;
  await undefining;
  expect([context.list.size, host.definitions.size, host.tpms.size]).toEqual([0, 0, 0]);
});

// A home that is read-only keeps no engine from starting, and no marked domain from being started.

import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { autostartOnce } from '../../../../src/engine/driver/autostart.ts';
import { createVerbs } from '../../../../src/engine/driver/verbs.ts';
import { createFakeContext } from '../../../helpers/fake-context.ts';
import { FakeHost } from '../../../helpers/fake-host.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

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

it('starts what is marked for one session where the mark can’t be removed', async () => {
  class Host extends FakeHost {
    override async setAutostartLink(): Promise<void> {
      throw new Error('EROFS');
    }
  }
  const host = new Host({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  context.list.lookup('web').isAutostartOnce = true;
  const runtimeDir = tempDir();
  mkdirSync(runtimeDir, { recursive: true });
  await autostartOnce({ ...context, paths: { ...context.paths, runtimeDir } });
  await context.queue.whenIdle();
  expect(host.alive.length).toBe(1);
});

// A home that is read-only keeps no engine from starting, and no marked domain from being started.

import { mkdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { autostartOnce } from '../../../../../src/engine/driver/lifecycle/autostart.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

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

it('starts nothing, and lets the engine begin, where it can’t be marked as done', async () => {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  context.list.lookup('web').isAutostart = true;
  // A runtime folder that takes nothing.
  await autostartOnce({ ...context, paths: { ...context.paths, runtimeDir: '/dev/null/r' } });
  await context.queue.whenIdle();
  expect(host.alive.length).toBe(0);
});

// A person's pause while a guest is paused for something else: it stays, whatever was to resume the guest behind that.
import { expect, it } from 'vitest';
import type { MonitorPort } from '../../../../../src/engine/driver/host/host-port.ts';
import { recoverDump } from '../../../../../src/engine/driver/save/dump.ts';
import { recoverSave } from '../../../../../src/engine/driver/save/end-save.ts';
import { finishRestore } from '../../../../../src/engine/driver/save/restore.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

const path = '/tmp/web.file';
const temporary = '/tmp/.web.file.saving';

/** A guest that an engine took over while it was paused; the person pauses it when the step `at` comes. */
async function pausedAt(at: string) {
  class Host extends FakeHost {
    override async openMonitor(options: { readonly path: string }): Promise<MonitorPort> {
      const monitor = await super.openMonitor(options);
      const { execute } = monitor;
      const dumps = async (command: string) => {
        if (command === 'query-dump') {
          await host.step('query-dump of web');
          return { status: 'completed' };
        }
        const reply = await execute(command as 'stop');
        // What QEMU has done already comes before the pause.
        if (command === 'cont' && at === 'behind cont') void pauseNow();
        return reply;
      };
      return Object.assign(monitor, { execute: dumps as MonitorPort['execute'] });
    }
  }
  let isArmed = false;
  let pause: Promise<unknown> | undefined;
  const pauseNow = (): Promise<unknown> | undefined => {
    if (isArmed) pause = call('domain.suspend', { domain: 'web' });
    isArmed = false;
    return pause;
  };
  const host: FakeHost = new Host({
    step: async (what) => {
      if (!isArmed || what !== at) return;
      await pauseNow();
    },
  });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  await call('domain.start', { domain: 'web' });
  const obj = context.list.lookup('web');
  const { live } = obj;
  const [process] = host.alive;
  if (!live || !process) throw new Error('it has ended');
  await live.events;
  process.runState = 'paused';
  obj.state = 'paused';
  host.saves.set(temporary, { xml: '', wasRunning: true, memory: '' });
  isArmed = true;
  /** Once the person has their answer. */
  const settled = async (): Promise<void> => {
    await pause;
    await live.events;
  };
  return { context, obj, live, process, settled };
}

it.each(['query-dump of web', 'behind cont'])('behind a dump (at %s)', async (at) => {
  const { context, obj, live, process, settled } = await pausedAt(at);
  live.dumping = { temporary, resume: true };
  await recoverDump(context, obj, live);
  await settled();
  expect([process.runState, live.dumping]).toEqual(['paused', undefined]);
});

it.each(['query-migrate of web', 'query-status of web'])('behind a save (at %s)', async (at) => {
  const { context, obj, live, process, settled } = await pausedAt(at);
  live.saving = { path, temporary, phase: 'writing', wasRunning: true, isManaged: false };
  await recoverSave(context, obj, live);
  await settled();
  expect([process.runState, live.saving]).toEqual(['paused', undefined]);
});

it.each(['remove a file', 'behind cont'])('behind a restore (at %s)', async (at) => {
  const { context, obj, live, process, settled } = await pausedAt(at);
  live.restoring = { path, isManaged: true, resume: true };
  await finishRestore(context, obj, live);
  await settled();
  expect([process.runState, obj.state, live.restoring]).toEqual(['paused', 'paused', undefined]);
});

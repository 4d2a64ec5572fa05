// What QEMU did while no engine listened, found by the one that takes over; and what the last one had begun, gone on with.
import { expect, it } from 'vitest';
import { resyncLive } from '../../../../../src/engine/driver/lifecycle/monitor-events.ts';
import { setState } from '../../../../../src/engine/driver/registry/state-writer.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { LegalEvents } from '../../../../helpers/legal-events.ts';
import { tempDir } from '../../../../helpers/temp-dir.ts';

async function running(more = '', input: object = {}) {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  const legal = new LegalEvents();
  context.events.onEvent((event) => legal.hear(event));
  await call('domain.define', { xml: xmlOf(UUID).replace('<devices>', `${more}<devices>`) });
  await call('domain.start', { domain: 'web', ...input });
  const obj = context.list.lookup('web');
  const { live } = obj;
  const [process] = host.alive;
  if (!live || !process) throw new Error('it has ended');
  await live.events;
  /** The last engine had heard of a panic, and told it. */
  const crashes = (): void =>
    setState(context, obj, { state: 'crashed', reason: 'panicked', event: 'Crashed', detail: 'Panicked' });
  const heard: string[] = [];
  context.events.onEvent(({ event, detail }) => event && heard.push(`${event} ${detail}`));
  /** QEMU is so when the next engine looks. */
  const find = async (runState: string): Promise<void> => {
    process.runState = runState as 'paused';
    resyncLive(context, obj, live);
    await live.events;
    await context.queue.whenIdle();
    expect(legal.violations).toEqual([]);
  };
  return { host, context, obj, live, process, heard, find, crashes };
}

it('ends a guest that has panicked meanwhile, as its definition wishes', async () => {
  const { host, obj, find, heard } = await running('<on_crash>destroy</on_crash>');
  await find('guest-panicked');
  expect([host.alive.length, obj.problem?.message]).toEqual([0, expect.stringContaining('panicked')]);
  expect(heard).toEqual(['Crashed Panicked', 'Stopped Crashed']);
});

it('ends one whose panic the last engine had heard of, and tells it no second time', async () => {
  const { host, find, heard, crashes } = await running('<on_crash>destroy</on_crash>');
  crashes();
  await find('guest-panicked');
  expect([host.alive.length, heard]).toEqual([0, ['Crashed Panicked', 'Stopped Crashed']]);
});

it('keeps one that is to be preserved', async () => {
  const { obj, find, heard } = await running('<on_crash>preserve</on_crash>');
  await find('guest-panicked');
  await find('guest-panicked');
  expect([obj.state, heard]).toEqual(['crashed', ['Crashed Panicked']]);
});

it('lets a guest go on that was reset to be rebooted', async () => {
  const { obj, live, process, find } = await running();
  live.isRebooting = true;
  await find('prelaunch');
  expect([process.runState, obj.state, live.isRebooting]).toEqual(['running', 'running', false]);
});

it('lets a guest go on that was reset after its crash', async () => {
  const { obj, process, find, heard, crashes } = await running('<on_crash>restart</on_crash>');
  crashes();
  await find('prelaunch');
  expect([process.runState, obj.state, obj.reason, heard]).toEqual([
    'running',
    'running',
    'crashed',
    ['Crashed Panicked', 'Resumed Unpaused'],
  ]);
});

it('leaves one that was started to wait, and one that a person has reset while it waited', async () => {
  const { obj, process, find } = await running('', { paused: true });
  await find('prelaunch');
  expect([process.runState, obj.state]).toEqual(['prelaunch', 'paused']);
});

it('resumes a guest whose watchdog asked for a core that could not be written', async () => {
  const { process, context, live } = await running();
  Object.assign(context.paths, { dumpDir: tempDir() });
  live.def = { ...live.def, devices: { ...live.def.devices, watchdogs: [{ action: 'dump' } as never] } };
  process.runState = 'paused';
  for (const monitor of process.monitors) monitor.fire('WATCHDOG', { action: 'pause' });
  await live.events;
  await context.queue.whenIdle();
  expect(process.runState).toBe('running');
});

it('hears why QEMU ended, also where the news of its death are quicker than its own', async () => {
  const { process, live, obj } = await running();
  process.isAlive = false;
  process.exited.resolve({ exitCode: 0, signal: undefined });
  await new Promise((resolve) => setImmediate(resolve));
  for (const monitor of [...process.monitors]) {
    monitor.fire('SHUTDOWN', { guest: false, reason: 'host-signal' });
    monitor.close();
  }
  await live.stopped.promise;
  expect([obj.reason, obj.problem]).toEqual(['shutdown', undefined]);
});

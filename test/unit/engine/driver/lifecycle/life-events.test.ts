// What libvirtd 9.0 was heard to tell of each verb (`virsh event --all --loop`), word for word.
import { expect, it } from 'vitest';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { LegalEvents } from '../../../../helpers/legal-events.ts';

const START = ['Resumed Unpaused', 'Started Booted'];
const START_PAUSED = ['Started Booted', 'Suspended Paused'];
const DESTROY = ['Shutdown Finished after host request', 'Stopped Destroyed'];
const SAVE = ['Suspended Paused', 'job-completed', 'Stopped Saved'];

type Step = readonly [verb: string, input?: object];

async function hear(...steps: readonly Step[]) {
  const host = new FakeHost({ step: async () => undefined });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: xmlOf(UUID) });
  const legal = new LegalEvents();
  const heard: string[] = [];
  context.events.onEvent((event) => {
    legal.hear(event);
    if (event.kind !== 'updated')
      heard.push(event.kind === 'lifecycle' ? `${event.event} ${event.detail}` : event.kind);
  });
  const guest = {
    powersOff: () => host.powerOff(host.alive[0] as never),
    isEnded: () => {
      for (const monitor of host.alive[0]?.monitors ?? [])
        monitor.fire('SHUTDOWN', { guest: false, reason: 'host-signal' });
      host.die(host.alive[0] as never);
    },
    dies: () => host.die(host.alive[0] as never),
  };
  for (const [verb, input] of steps) {
    const obj = context.list.lookup('web');
    const { live } = obj;
    if (verb in guest) {
      guest[verb as keyof typeof guest]();
      await live?.events;
    } else await call(verb, { domain: 'web', ...input });
    await obj.live?.events;
  }
  expect(legal.violations).toEqual([]);
  return heard;
}

const start: Step = ['domain.start'];
const destroy: Step = ['domain.destroy'];

it.each<readonly [string, readonly Step[], readonly string[]]>([
  [
    'start, suspend, resume, destroy',
    [start, ['domain.suspend'], ['domain.resume'], destroy],
    [...START, 'Suspended Paused', 'Resumed Unpaused', ...DESTROY],
  ],
  [
    'start --paused, resume',
    [['domain.start', { paused: true }], ['domain.resume']],
    [...START_PAUSED, 'Resumed Unpaused'],
  ],
  ['destroy of a paused domain', [['domain.start', { paused: true }], destroy], [...START_PAUSED, ...DESTROY]],
  [
    'managedsave, start',
    [start, ['domain.managedSave'], start],
    [...START, ...SAVE, 'Started Restored', 'Resumed Snapshot'],
  ],
  [
    'managedsave --paused, start, resume',
    [start, ['domain.managedSave', { paused: true }], start, ['domain.resume']],
    [...START, ...SAVE, 'Started Restored', 'Suspended Restored', 'Resumed Unpaused'],
  ],
  [
    'shutdown',
    [start, ['domain.shutdown', { mode: 'acpi' }]],
    [...START, 'Shutdown Finished after guest request', 'Stopped Shutdown'],
  ],
  ['reboot', [start, ['domain.reboot', { mode: 'acpi' }]], [...START, 'reboot']],
  ['reset', [start, ['domain.reset']], [...START, 'reboot']],
  [
    'a guest that powers off',
    [start, ['powersOff']],
    [...START, 'Shutdown Finished after guest request', 'Stopped Shutdown'],
  ],
  [
    'a QEMU that is sent a SIGTERM',
    [start, ['isEnded']],
    [...START, 'Shutdown Finished after host request', 'Stopped Shutdown'],
  ],
  ['a QEMU that is killed', [start, ['dies']], [...START, 'Stopped Failed']],
])('%s', async (_what, steps, expected) => {
  const heard = await hear(...steps);
  // A restore is a job of ours, with figures; libvirt tells none of it.
  expect(heard.filter((text, at) => text !== 'job-completed' || heard[at + 1] === 'Stopped Saved')).toEqual(expected);
});

// A dump that fails leaves the guest as it was, also where the guest was to be ended behind it; and one that lost its engine leaves no guest paused and no file.
import { expect, it } from 'vitest';
import { recoverDump } from '../../../../../src/engine/driver/save/dump.ts';
import { engineOn, UUID, xmlOf } from '../../../../helpers/fake-engine.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

async function running() {
  const host = new FakeHost({ step: async () => undefined });
  const engine = engineOn(host);
  await engine.call('domain.define', { xml: xmlOf(UUID) });
  await engine.call('domain.start', { domain: 'web' });
  return { host, ...engine };
}

it('resumes a guest whose dump --crash failed', async () => {
  const { host, context, call } = await running();
  // The fake monitor knows no dump: it fails.
  await expect(call('domain.dump', { domain: 'web', path: '/tmp/no.core', crash: true })).rejects.toThrow('not dumped');
  expect(host.alive[0]?.runState).toBe('running');
  expect(context.list.lookup('web').isActive).toBe(true);
});

it('says where its temporary file is, and whom to resume, before there is one and until there is none', async () => {
  const { host, call } = await running();
  const seen: unknown[] = [];
  const saveStatus = host.saveStatus.bind(host);
  host.saveStatus = async (status) => {
    await saveStatus(status);
    seen.push(status.dumping && [host.alive[0]?.runState, status.dumping]);
  };
  await call('domain.dump', { domain: 'web', path: '/tmp/no.core' }).catch(() => undefined);
  const temporary = expect.stringMatching(/^\/tmp\/\.no\.core\..*\.saving$/);
  expect(seen[0]).toEqual(['running', { temporary, resume: true }]);
  expect([seen.at(-1), host.alive[0]?.runState]).toEqual([undefined, 'running']);
});

it('resumes a guest whose dump lost its engine, once QEMU has written it, and removes the file', async () => {
  const { host, context } = await running();
  const answers = ['active', 'completed'];
  const told: string[] = [];
  const monitor = {
    isClosed: false,
    execute: async (command: string) => {
      told.push(command);
      return command === 'query-dump' ? { status: answers.shift() } : {};
    },
  };
  const temporary = '/tmp/.no.core.saving';
  host.saves.set(temporary, { xml: '', wasRunning: true, memory: '' });
  const obj = context.list.lookup('web');
  if (!obj.live) throw new Error('it has ended');
  const live = { ...obj.live, dumping: { temporary, resume: true }, monitor: monitor as never };
  Object.assign(obj, { live, state: 'paused' });
  await recoverDump(context, obj, live);
  expect(told).toEqual(['query-dump', 'query-dump', 'cont']);
  expect([host.saves.size, host.statuses.get(UUID)?.dumping]).toEqual([0, undefined]);
});

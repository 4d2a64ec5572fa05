// What the verbs do when the host fails them at a bad moment: a QEMU that does not die, a status that can't be written, an event in the middle of a start.
// The fake host works in microtasks only, so "for ever" is: still pending when no microtask is left.
import { describe, expect, it } from 'vitest';
import { VirError, virError } from '../../../../../src/common/errors.ts';
import type { DriverContext } from '../../../../../src/engine/driver/context.ts';
import { createVerbs } from '../../../../../src/engine/driver/verbs.ts';
import { domainRuntimeDir } from '../../../../../src/engine/state/domain-runtime-dir.ts';
import { resolvePaths } from '../../../../../src/engine/state/paths.ts';
import type { DomainStatus } from '../../../../../src/engine/state/status-files.ts';
import { createFakeContext } from '../../../../helpers/fake-context.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import type { FakeProcess } from '../../../../helpers/fake-monitor.ts';

const UUID = '11111111-1111-1111-1111-111111111111';
const xmlOf = (name: string, more = ''): string =>
  `<domain type='qemu'><name>${name}</name><uuid>${UUID}</uuid><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>${more}<devices><emulator>/usr/bin/qemu-system-x86_64</emulator></devices></domain>`;

type Verb = (input: object, call: { readonly signal: AbortSignal }) => Promise<unknown>;
const neverAborted = new AbortController().signal;
const call = (context: DriverContext, verb: string, input: object, signal = neverAborted): Promise<unknown> =>
  (createVerbs(context) as unknown as Readonly<Record<string, Verb>>)[verb]?.(input, { signal }) ??
  Promise.reject(new Error(verb));

/** Lets everything run that can run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** 'done', the error's code, or 'pending' where nothing more will come of it. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  let result = 'pending';
  promise.then(
    () => {
      result = 'done';
    },
    (error: unknown) => {
      result = error instanceof VirError ? error.code : String(error);
    },
  );
  await settle();
  return result;
}

const onlyGuest = (host: FakeHost): FakeProcess => {
  const [guest] = host.alive;
  if (!guest) throw new Error('no guest runs');
  return guest;
};

/** A defined domain on a host whose kill fails until `allow` is called; each attempt waits for `gate`. */
class StubbornHost extends FakeHost {
  isStubborn = true;
  gate: Promise<void> = Promise.resolve();

  override async kill(identity: { readonly pid: number }): Promise<void> {
    if (!this.isStubborn) return super.kill(identity);
    await this.gate;
    throw virError('OPERATION_FAILED', 'it does not die');
  }
}

async function defined<H extends FakeHost>(host: H): Promise<DriverContext> {
  const context = createFakeContext(host);
  await call(context, 'domain.define', { xml: xmlOf('web') });
  return context;
}
const atOnce = { step: async () => undefined };

describe('a host that fails at a bad moment', () => {
  it('is told where the last status of a start can’t be written, and the guest is ended: the next engine would end it', async () => {
    class FullHost extends FakeHost {
      override async saveStatus(status: DomainStatus): Promise<void> {
        if (status.phase === 'running') throw virError('SYSTEM_ERROR', 'no space');
        await super.saveStatus(status);
      }
    }
    const host = new FullHost(atOnce);
    const context = await defined(host);
    expect(await outcome(call(context, 'domain.start', { domain: 'web' }))).toBe('SYSTEM_ERROR');
    expect([host.alive.length, host.statuses.size]).toEqual([0, 0]);
  });

  it('keeps a QEMU of a failed start known that does not die: no second one is started, and destroy can be tried again', async () => {
    const host = new StubbornHost({ ...atOnce, faults: ['monitor'] });
    const context = await defined(host);
    expect(await outcome(call(context, 'domain.start', { domain: 'web' }))).toBe('OPERATION_FAILED');
    expect(await outcome(call(context, 'domain.start', { domain: 'web' }))).toBe('OPERATION_INVALID');
    expect([host.alive.length, host.statuses.size]).toEqual([1, 1]);
    host.isStubborn = false;
    expect(await outcome(call(context, 'domain.destroy', { domain: 'web' }))).toBe('done');
    expect([host.alive.length, host.statuses.size]).toEqual([0, 0]);
  });

  it.each(['domain.destroy', 'domain.start'])(
    'does not hold up %s for ever when the end of a guest that powered off fails',
    async (verb) => {
      const gate = Promise.withResolvers<void>();
      const host = new StubbornHost(atOnce);
      host.gate = gate.promise;
      const context = await defined(host);
      await call(context, 'domain.start', { domain: 'web' });
      await settle();
      host.powerOff(onlyGuest(host));
      await settle();
      const waiting = call(context, verb, { domain: 'web' });
      await settle();
      gate.resolve();
      expect(await outcome(waiting)).not.toBe('pending');
      host.isStubborn = false;
      expect(await outcome(call(context, 'domain.destroy', { domain: 'web' }))).toBe('done');
      expect(host.alive).toEqual([]);
    },
  );

  it('does not lose the next run to a shutdown that came in the middle of the last start', async () => {
    const held: (() => void)[] = [];
    let isHeld = (_what: string): boolean => false;
    const host = new FakeHost({
      step: (what) => (isHeld(what) ? new Promise((resolve) => held.push(resolve)) : Promise.resolve()),
    });
    const context = await defined(host);
    isHeld = (what) => what.startsWith('cont');
    const first = call(context, 'domain.start', { domain: 'web' });
    first.catch(() => undefined); // that it fails is expected below
    await settle();
    // The guest is off at once: its end begins while the start still waits for the answer to `cont`, and takes its time.
    let kills = 0;
    isHeld = (what) => what === 'kill' && kills++ === 0;
    host.powerOff(onlyGuest(host));
    await settle();
    held.shift()?.();
    await settle();
    const second = call(context, 'domain.start', { domain: 'web' });
    await settle();
    for (const go of held.splice(0)) go();
    await outcome(second);
    const obj = context.list.byName('web');
    expect(host.alive.map(({ pid }) => pid)).toEqual(obj?.live ? [obj.live.process?.identity.pid] : []);
    expect([...host.statuses.keys()]).toEqual(obj?.live ? [UUID] : []);
  });
});

describe('a caller that cancels', () => {
  it('while the XML is read starts nothing', async () => {
    const host = new FakeHost(atOnce);
    const context = createFakeContext(host);
    const wish = new AbortController();
    const create = call(context, 'domain.create', { xml: xmlOf('web') }, wish.signal);
    wish.abort();
    expect([await outcome(create), host.processes.length, context.list.size]).toEqual(['OPERATION_ABORTED', 0, 0]);
  });

  it('while the start waits takes the transient domain out again, and tells the others', async () => {
    const context = createFakeContext(new FakeHost(atOnce));
    const busy = Promise.withResolvers<void>();
    const blocker = context.queue.submit({
      procedure: 'test',
      label: 'busy',
      lane: 'domain:web',
      run: () => busy.promise,
    });
    const create = call(context, 'domain.create', { xml: xmlOf('web') });
    await settle();
    const gone: string[] = [];
    context.events.onEvent(({ name, summary }) =>
      gone.push(`${name} ${summary === undefined ? 'is gone' : 'is there'}`),
    );
    context.queue.cancel(context.queue.list().find(({ label }) => label.startsWith('Start'))?.id ?? 0);
    expect([await outcome(create), context.list.size, gone]).toEqual(['OPERATION_ABORTED', 0, ['web is gone']]);
    busy.resolve();
    await blocker;
  });
});

describe('a definition that changes while its domain runs', () => {
  it('does not change what happens at power-off: that is the running definition’s', async () => {
    const host = new FakeHost(atOnce);
    const context = await defined(host);
    await call(context, 'domain.start', { domain: 'web' });
    await call(context, 'domain.define', { xml: xmlOf('web', '<on_poweroff>restart</on_poweroff>') });
    await settle();
    host.powerOff(onlyGuest(host));
    await settle();
    expect(host.alive).toEqual([]);
  });
});

describe('runtime folders', () => {
  it('are apart also where UUIDs begin alike', () => {
    const paths = resolvePaths({ XDG_RUNTIME_DIR: '/run' });
    expect(domainRuntimeDir(paths, '00000000-0000-0000-0000-000000000001')).not.toBe(
      domainRuntimeDir(paths, '00000000-0000-0000-0000-000000000002'),
    );
  });
});

// Companions in the life of a guest, on a host that is a model.
import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../../../../src/common/model/event.ts';
import { engineOn } from '../../../../helpers/fake-engine.ts';
import type { Fault } from '../../../../helpers/fake-files.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';

const UUID = '11111111-1111-1111-1111-111111111111';
const XML = `<domain type='qemu'><name>web</name><uuid>${UUID}</uuid><memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator><tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm><interface type='user'><mac address='52:54:00:00:00:01'/><backend type='passt'/></interface></devices></domain>`;
const domain = 'web';

async function defined(faults: readonly Fault[] = [], atStep: (what: string) => void = () => undefined) {
  const steps: string[] = [];
  const host = new FakeHost({
    step: async (what) => {
      steps.push(what);
      atStep(what);
    },
    faults,
  });
  const { context, call } = engineOn(host);
  await call('domain.define', { xml: XML });
  const problem = (): string | undefined => context.list.lookup(domain).problem?.message;
  const settled = async (): Promise<void> => {
    await context.list.lookup(domain).live?.events;
  };
  return { host, context, call, steps, problem, settled };
}

const kill = (host: FakeHost, kind: string): void => {
  const companion = host.aliveCompanions.find((one) => one.kind === kind);
  if (companion) host.endOf(companion);
};

describe('a start', () => {
  it('writes down what it is about to do, starts both, and only then QEMU', async () => {
    const { steps, call } = await defined();
    steps.length = 0;
    await call('domain.start', { domain });
    const order = steps.filter((step) => /^spawn|make the TPM|save the status/.test(step));
    expect(order.slice(0, 3)).toEqual(['save the status', 'save the status', 'spawn passt']);
    expect(order.filter((step) => step !== 'save the status').sort()).toEqual(
      ['make the TPM', 'spawn', 'spawn passt', 'spawn swtpm'].sort(),
    );
    expect(order.indexOf('spawn')).toBeGreaterThan(order.indexOf('spawn swtpm'));
  });

  it.each(['companion', 'tpm'] as const)('whose %s fails starts no QEMU and leaves nothing', async (fault) => {
    const { host, call, problem } = await defined([fault]);
    await expect(call('domain.start', { domain })).rejects.toMatchObject({ code: 'OPERATION_FAILED' });
    expect(host.processes).toEqual([]);
    expect(host.aliveCompanions).toEqual([]);
    expect(host.statuses.size).toBe(0);
    expect(problem()).toBeDefined();
    await call('domain.start', { domain });
    expect(problem()).toBeUndefined();
  });

  it('without the program is refused before anything is made', async () => {
    const { host, call } = await defined();
    host.findProgram = async (name) => {
      throw Object.assign(new Error(`${name} is not installed`), { code: 'NO_SUPPORT' });
    };
    await expect(call('domain.start', { domain })).rejects.toMatchObject({
      message: expect.stringMatching(/swtpm is not installed/),
    });
    expect([host.statuses.size, host.tpms.size]).toEqual([0, 0]);
  });
});

describe('the death of a companion', () => {
  it.each([
    ['swtpm', /^the TPM of domain 'web' does not work any more/],
    ['passt', /^the network interface 'net0' of domain 'web' is cut off/],
  ])('of %s is told once the guest runs, which runs on', async (kind, words) => {
    const { host, context, call, problem, settled } = await defined();
    await call('domain.start', { domain });
    const heard: DomainEvent[] = [];
    context.events.onEvent((event) => heard.push(event));
    kill(host, kind);
    await expect.poll(problem).toMatch(words);
    await settled();
    expect(heard.map((event) => event.summary?.problem?.message)).toEqual([expect.stringMatching(words)]);
    expect(context.list.lookup(domain).state).toBe('running');
    await call('domain.destroy', { domain });
    expect(host.aliveCompanions).toEqual([]);
  });

  it('that comes with QEMU’s is not told: QEMU’s is', async () => {
    // It dies in the moment in which it is asked whether it is there.
    let ending: (() => void) | undefined;
    const { host, context, call } = await defined([], (what) => {
      if (what === 'query-status of web') ending?.();
    });
    await call('domain.start', { domain });
    await context.list.lookup(domain).live?.events;
    const told = new Set<string | undefined>();
    context.events.onEvent(({ summary }) => told.add(summary?.problem?.message));
    const [process] = host.alive;
    ending = () => process && host.die(process);
    kill(host, 'swtpm');
    kill(host, 'passt');
    await expect.poll(() => context.list.lookup(domain).state).toBe('shutoff');
    expect([...told]).toEqual([expect.stringMatching(/^QEMU of domain 'web' ended unexpectedly/)]);
  });

  it('that comes with a destroy is nobody’s business', async () => {
    const { host, context, call, problem } = await defined();
    await call('domain.start', { domain });
    const destroyed = call('domain.destroy', { domain });
    kill(host, 'swtpm');
    await destroyed;
    expect([context.list.lookup(domain).state, problem()]).toEqual(['shutoff', undefined]);
  });
});

describe('an undefine that fails', () => {
  it('leaves the TPM with its domain', async () => {
    const { host, call } = await defined();
    await call('domain.start', { domain });
    await call('domain.destroy', { domain });
    const [dir] = host.tpms;
    host.removeDefinition = async () => {
      throw Object.assign(new Error('read-only'), { code: 'SYSTEM_ERROR' });
    };
    await expect(call('domain.undefine', { domain })).rejects.toMatchObject({ code: 'SYSTEM_ERROR' });
    expect([...host.tpms]).toEqual([dir]);
  });
});

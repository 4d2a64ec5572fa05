// The property that this project exists for: whatever N clients do to the same few domains, in whatever order their steps interleave and whichever of
// them fail, no QEMU runs that the registry does not know, no domain has two, and no definition is lost. The verbs, the registry and the queue are the
// real ones; only the host beneath is a model, whose every step fast-check orders.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAdd } from '../../../../../src/engine/conf/decide-add.ts';
import type { DriverContext } from '../../../../../src/engine/driver/context.ts';
import type { Verb } from '../../../../../src/engine/driver/jobs/on-domain.ts';
import type { DecideAdd } from '../../../../../src/engine/driver/registry/domain-list.ts';
import { managedSavePath } from '../../../../../src/engine/driver/save/save.ts';
import { createVerbs } from '../../../../../src/engine/driver/verbs.ts';
import { createFakeContext } from '../../../../helpers/fake-context.ts';
import type { Fault } from '../../../../helpers/fake-files.ts';
import { FakeHost } from '../../../../helpers/fake-host.ts';
import { LegalEvents } from '../../../../helpers/legal-events.ts';

const UUIDS = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];
/** What needs processes beside QEMU: 'web' has it, 'db' has not. */
const BESIDE =
  "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm><interface type='user'><mac address='52:54:00:00:00:01'/><backend type='passt'/></interface>";
const xmlOf = (name: string, uuid: string | undefined): string =>
  `<domain type='qemu'><name>${name}</name>${uuid ? `<uuid>${uuid}</uuid>` : ''}<memory>65536</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices><emulator>/usr/bin/qemu-system-x86_64</emulator>${name === 'web' ? BESIDE : ''}</devices></domain>`;

const name = fc.constantFrom('web', 'db');
const uuid = fc.constantFrom(UUIDS[0], UUIDS[1], undefined);
const action = fc.oneof(
  { weight: 5, arbitrary: fc.record({ verb: fc.constant('domain.create' as const), name, uuid }) },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('domain.define' as const), name, uuid }) },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constantFrom(
        'domain.start' as const,
        'domain.destroy' as const,
        'domain.undefine' as const,
        'domain.shutdown' as const,
        'domain.reset' as const,
        'domain.suspend' as const,
        'domain.resume' as const,
      ),
      name,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constantFrom('domain.managedSave' as const, 'domain.save' as const, 'domain.restore' as const),
      name,
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('domain.rename' as const), name }) },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constantFrom(
        'guest powers off' as const,
        'QEMU dies' as const,
        'a companion dies' as const,
        'cancel' as const,
      ),
      name,
    }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** In a folder that exists: whether a save can be written there is looked at before. */
const savePath = (domain: string): string => `/tmp/vivarium-no-such-${domain}.save`;

const faults = fc.array(
  fc.constantFrom<Fault>(
    'spawn',
    'monitor',
    'cont',
    'save-status',
    'save-definition',
    'die-at-start',
    'create-save',
    'commit-save',
    'migrate',
    'incoming',
    'companion',
    'tpm',
  ),
  { maxLength: 3 },
);
const clients = fc.array(fc.array(action, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 });

/** What must hold at every moment: each live process is the one process of a domain in the registry, or of one on its way out of it. */
function checkWorld(context: DriverContext, host: FakeHost): void {
  for (const uuid of new Set(host.alive.map((process) => process.uuid))) {
    const processes = host.alive.filter((process) => process.uuid === uuid);
    expect(
      processes.map(({ pid }) => pid),
      `two QEMUs of ${uuid}`,
    ).toHaveLength(1);
  }
  const known = new Set(context.list.values().map((obj) => obj.uuid));
  for (const process of host.alive)
    expect(known.has(process.uuid), `QEMU ${process.pid} of '${process.name}' is nobody's`).toBe(true);
  const starts = new Set(context.list.values().map((obj) => obj.live?.startId));
  for (const companion of host.aliveCompanions)
    expect(starts.has(companion.startId), `${companion.kind} ${companion.pid} is nobody's`).toBe(true);
}

/** What must hold at rest: what runs, what is known, and what is on disk are the same. */
function checkRest(context: DriverContext, host: FakeHost): void {
  checkWorld(context, host);
  const active = context.list.values().filter((obj) => obj.live);
  expect(host.alive.map(({ pid }) => pid).sort()).toEqual(active.map((obj) => obj.live?.process?.identity.pid).sort());
  // None is left of a run that has ended; one that died by itself is missed, and ends nobody's guest.
  const owned = active.flatMap((obj) => (obj.live?.companions ?? []).map(({ identity }) => identity.pid));
  for (const { pid, kind } of host.aliveCompanions) expect(owned, `${kind} ${pid} is left`).toContain(pid);
  // A TPM is kept for who is defined, and for nobody else.
  for (const dir of host.tpms)
    expect(
      context.list.values().some((obj) => (obj.isPersistent || obj.isActive) && dir.endsWith(obj.uuid)),
      `the TPM ${dir} is nobody's`,
    ).toBe(true);
  expect([...host.statuses.keys()].sort()).toEqual(active.map(({ uuid }) => uuid).sort());
  expect([...host.definitions.keys()].sort()).toEqual(
    context.list
      .values()
      .filter((obj) => obj.isPersistent)
      .map((obj) => obj.name)
      .sort(),
  );
  expect(
    context.list
      .values()
      .filter((obj) => !obj.isActive && !obj.isPersistent)
      .map((obj) => obj.name),
    'a transient entry stayed behind',
  ).toEqual([]);
  // A managed save is known exactly where it is, and no half of one is left.
  expect([...host.saves.keys()].filter((path) => path.includes('/vivarium/save/')).sort()).toEqual(
    context.list
      .values()
      .filter((obj) => obj.hasManagedSave)
      .map((obj) => managedSavePath(context, obj.name))
      .sort(),
  );
  expect([...host.saves.keys()].filter((path) => path.endsWith('.saving'))).toEqual([]);
  // What runs by itself may not be there to be restored as well: its disks go on.
  for (const obj of active) expect([obj.name, obj.hasManagedSave]).toEqual([obj.name, false]);
  for (const obj of context.list.values())
    expect([obj.name, obj.state === 'shutoff']).toEqual([obj.name, !obj.isActive]);
}

function perform(context: DriverContext, host: FakeHost, { verb, name: target, ...rest }: Action): Promise<unknown> {
  const verbs = createVerbs(context);
  const signal = new AbortController().signal;
  const process = host.alive.find((candidate) => candidate.name === target);
  switch (verb) {
    case 'guest powers off':
      if (process?.runState === 'running') host.powerOff(process);
      return Promise.resolve();
    case 'QEMU dies':
      if (process) host.die(process);
      return Promise.resolve();
    case 'a companion dies': {
      const [companion] = host.aliveCompanions.filter(({ startId }) => startId === process?.startId);
      if (companion) host.endOf(companion);
      return Promise.resolve();
    }
    case 'cancel':
      for (const command of context.queue.list()) context.queue.cancel(command.id);
      return Promise.resolve();
    case 'domain.create':
    case 'domain.define': {
      const call = verbs[verb] as Verb<'domain.define'>;
      return call({ xml: xmlOf(target, 'uuid' in rest ? rest.uuid : undefined) }, { signal });
    }
    case 'domain.save': {
      const call = verbs[verb] as Verb<'domain.save'>;
      return call({ domain: target, path: savePath(target) }, { signal });
    }
    case 'domain.restore': {
      const call = verbs[verb] as Verb<'domain.restore'>;
      return call({ path: savePath(target) }, { signal });
    }
    case 'domain.rename': {
      const call = verbs[verb] as Verb<'domain.rename'>;
      return call({ domain: target, newName: target === 'web' ? 'shop' : 'web' }, { signal });
    }
    default: {
      const call = verbs[verb] as Verb<'domain.start'>;
      return call({ domain: target }, { signal });
    }
  }
}

async function runWorld(
  scheduler: fc.Scheduler,
  plans: readonly (readonly Action[])[],
  faultList: readonly Fault[],
  rule?: DecideAdd,
): Promise<void> {
  let context: DriverContext | undefined;
  let violation: unknown;
  const watch = (host: FakeHost): void => {
    try {
      if (context) checkWorld(context, host);
      // The intent is on disk before the spawn: an engine that died at this very instant would find its QEMU by it.
      const spawned = host.lastSpawned;
      expect(
        [...host.statuses.values()].filter(({ startId }) => startId === spawned?.startId),
        'spawned before its status was written',
      ).toMatchObject([{ phase: 'starting' }]);
    } catch (error) {
      violation ??= error;
    }
  };
  const host: FakeHost = new FakeHost({
    step: (what) => scheduler.schedule(Promise.resolve(), what),
    faults: faultList,
    atSpawn: watch,
  });
  context = createFakeContext(host, rule);
  const world = context;
  const events = new LegalEvents();
  world.events.onEvent((event) => events.hear(event));
  const unexpected: unknown[] = [];
  const runs = plans.map(async (plan, index) => {
    for (const step of plan) {
      await scheduler.schedule(Promise.resolve(), `client ${index}: ${step.verb} ${step.name}`);
      await perform(world, host, step).catch((error: unknown) => {
        // A refusal is a right answer; a fault of our own is not.
        if (!(error instanceof Error && 'code' in error) || error.code === 'INTERNAL_ERROR') unexpected.push(error);
      });
    }
  });
  await scheduler.waitFor(Promise.all(runs));
  await scheduler.waitIdle();
  await scheduler.waitFor(world.queue.whenIdle());
  await scheduler.waitIdle();
  if (violation) throw violation;
  expect(unexpected).toEqual([]);
  checkRest(world, host);
  // Who only heard the events knows what is.
  expect(events.violations).toEqual([]);
  for (const obj of world.list.values())
    expect([obj.name, events.lifeOf(obj.uuid)]).toEqual([obj.name, obj.state === 'shutoff' ? 'off' : obj.state]);
}

/** Everybody wants the same transient domain at once: where the rule earns its keep. */
const rush = fc.array(
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant<Action>({ verb: 'domain.create', name: 'web', uuid: UUIDS[0] }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Action>({ verb: 'domain.destroy', name: 'web' }, { verb: 'cancel', name: 'web' }),
      },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  { minLength: 2, maxLength: 4 },
);

const property = (plans: fc.Arbitrary<Action[][]>, rule?: DecideAdd) =>
  fc.asyncProperty(fc.scheduler(), plans, faults, (scheduler, chosen, faultList) =>
    runWorld(scheduler, chosen, faultList, rule),
  );

/** The rule with its most important row left out: an inactive transient entry lets a second start through. */
const weakened: DecideAdd = (list, def, flags) => {
  const decision = decideAdd(list, def, flags);
  const existing = list.byUuid(def.uuid);
  const isStarting =
    existing && !existing.isActive && !existing.isPersistent && !existing.isRemoving && existing.name === def.name;
  return decision.kind === 'refuse' && flags.checkLive && isStarting ? { kind: 'reuse', existing } : decision;
};

describe('many clients on the same few domains', () => {
  it('never leave a QEMU that nobody knows of, two of one domain, or a lost definition', async () => {
    await fc.assert(property(clients), { numRuns: 600 });
  }, 120_000);

  it('never do when all of them create the same transient domain at once', async () => {
    await fc.assert(property(rush), { numRuns: 600 });
  }, 120_000);

  it('would leave one if an inactive transient entry let a second start through', async () => {
    const result = await fc.check(property(rush, weakened), { numRuns: 5_000, endOnFailure: true });
    expect(result.failed).toBe(true);
    expect(result.errorInstance).toMatchObject({
      message: expect.stringMatching(/nobody's|two QEMUs|stayed behind|deeply equal/),
    });
  }, 120_000);
});

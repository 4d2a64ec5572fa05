// Threads by the engine's real verbs: what is told, what is recorded and what is (QEMU and the kernel, both modelled) agree, whatever fails and whoever takes over.
import { describe, expect, it } from 'vitest';
import { virError } from '../../../../../src/common/errors.ts';
import { parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { iothreadNumbers } from '../../../../../src/engine/qemu/def/pins.ts';
import { DeviceEngine, settle, until } from '../../../../helpers/device-engine.ts';

const start = (): Promise<DeviceEngine> => DeviceEngine.start('', '<vcpu>1</vcpu><iothreads>2</iothreads>');
type Def = DeviceEngine['live']['def'];
const recorded = (engine: DeviceEngine): Def => parseDomain(engine.host.statuses.get(engine.obj.uuid)?.xml ?? '').def;
const pollOf = (def: Def, id = 1): number | undefined =>
  def.iothreadids?.iothreads.find((one) => one.id === id)?.poll?.max;
/** Told, recorded, and had by QEMU. */
const polls = (engine: DeviceEngine): readonly unknown[] => [
  pollOf(engine.live.def),
  pollOf(recorded(engine)),
  engine.qemu.backends.get('iothread1')?.['poll-max-ns'],
];
const idsOf = (def: Def): string => iothreadNumbers(def).join();
const threads = (engine: DeviceEngine): readonly string[] => [
  idsOf(engine.live.def),
  idsOf(recorded(engine)),
  [...engine.qemu.backends.keys()].flatMap((id) => /^iothread(\d+)$/.exec(id)?.[1] ?? []).join(),
];
const pinsOf = (def: Def): string | undefined => def.cputune?.vcpupins[0]?.cpuset;
const pins = (engine: DeviceEngine, tid = 2000): readonly unknown[] => [
  pinsOf(engine.live.def),
  pinsOf(recorded(engine)),
  engine.host.affinities.get(tid)?.join(),
];

/** The disk takes no status until it does again. */
function fillDisk(engine: DeviceEngine): { empty(): void } {
  const saveStatus = async (): Promise<never> => Promise.reject(virError('SYSTEM_ERROR', 'no space'));
  Object.assign(engine.host, { saveStatus });
  return { empty: () => void Reflect.deleteProperty(engine.host, 'saveStatus') };
}

/** `verb` with the first change that it asks of QEMU never answered; then the engine dies and another takes over. */
async function dieIn(verb: string, input: object, hasEffect: boolean): Promise<DeviceEngine> {
  const engine = await start();
  engine.qemu.changes.length = 0;
  engine.qemu.hang = { at: 0, hasEffect };
  void engine.on(verb, input).catch(() => undefined); // its engine is gone
  await until(() => engine.qemu.changes.length > 0);
  await settle();
  await engine.crashAndAdopt();
  return engine;
}

describe('an engine that takes over', () => {
  it('sees to the threads before and not beside a command that comes at once', async () => {
    const engine = await start();
    const adoption = engine.crashAndAdopt();
    // What QEMU has said is under way as a person asks for one more.
    const [said, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    engine.host.onAnswer = async (command) => {
      if (command !== 'query-iothreads') return;
      said.resolve();
      await heard.promise;
    };
    await said.promise;
    const added = engine.on('addIothread', { id: 3 });
    await settle();
    await settle();
    heard.resolve();
    await adoption;
    await settle();
    expect([await added, threads(engine)]).toEqual(['done', ['1,2,3', '1,2,3', '1,2,3']]);
  });
});

describe('the values of an I/O thread', () => {
  it('stay as they are where the disk does not take them, or QEMU refuses', async () => {
    const engine = await start();
    await engine.on('setIothread', { id: 1, pollMaxNs: 5 });
    const disk = fillDisk(engine);
    expect(await engine.on('setIothread', { id: 1, pollMaxNs: 7 })).toBe('SYSTEM_ERROR');
    disk.empty();
    expect(polls(engine)).toEqual([5, 5, 5]);
    engine.qemu.refusal = (_command, { property }) => (property === 'poll-grow' ? 'no' : undefined);
    expect(await engine.on('setIothread', { id: 1, pollMaxNs: 7, pollGrow: 2 })).toBe('OPERATION_FAILED');
    expect(polls(engine)).toEqual([5, 5, 5]);
  });

  it.each([false, true])('are made true by the next engine (carried out: %s)', async (hasEffect) => {
    expect(polls(await dieIn('setIothread', { id: 1, pollMaxNs: 7 }, hasEffect))).toEqual([7, 7, 7]);
  });

  it('that are so already are not set again', async () => {
    const engine = await start();
    await engine.on('setIothread', { id: 1, pollMaxNs: 7 });
    engine.qemu.changes.length = 0;
    expect(await engine.on('setIothread', { id: 1, pollMaxNs: 7 })).toBe('done');
    expect(engine.qemu.changes).toEqual([]);
  });
});

describe('an I/O thread', () => {
  it('does not come where the disk does not take it, or QEMU refuses', async () => {
    const engine = await start();
    const disk = fillDisk(engine);
    expect(await engine.on('addIothread', { id: 3 })).toBe('SYSTEM_ERROR');
    disk.empty();
    engine.qemu.refusal = (command) => (command === 'object-add' ? 'no' : undefined);
    expect(await engine.on('addIothread', { id: 3 })).toBe('OPERATION_FAILED');
    expect(threads(engine)).toEqual(['1,2', '1,2', '1,2']);
  });

  it('that has gone is gone though the disk does not take it', async () => {
    const engine = await start();
    const disk = fillDisk(engine);
    expect(await engine.on('removeIothread', { id: 2 })).toBe('done');
    disk.empty();
    expect([idsOf(engine.live.def), engine.qemu.backends.has('iothread2')]).toEqual(['1', false]);
    await engine.crashAndAdopt();
    expect(threads(engine)).toEqual(['1', '1', '1']);
  });

  it.each([
    ['addIothread', { id: 3 }, false, '1,2'],
    ['addIothread', { id: 3 }, true, '1,2,3'],
    ['removeIothread', { id: 2 }, false, '1,2'],
    ['removeIothread', { id: 2 }, true, '1'],
  ] as const)('is what QEMU has for the next engine: %s %o (carried out: %s)', async (verb, input, hasEffect, left) => {
    const engine = await dieIn(verb, input, hasEffect);
    expect(threads(engine)).toEqual([left, left, left]);
  });

  it('that comes is bound as all are', async () => {
    const engine = await DeviceEngine.start('', "<vcpu cpuset='0'>1</vcpu>");
    expect(await engine.on('addIothread', { id: 1 })).toBe('done');
    expect(engine.host.affinities.get(3001)).toEqual([0]);
  });
});

describe('a pin', () => {
  const pin = (engine: DeviceEngine, cpus: readonly number[]): Promise<unknown> =>
    engine.on('setPin', { thread: 'vcpu', id: 0, cpus });

  it('stays as it is where the disk does not take it, or the kernel refuses', async () => {
    const engine = await start();
    expect([await pin(engine, [0]), pins(engine)]).toEqual(['done', ['0', '0', '0']]);
    const disk = fillDisk(engine);
    expect(await pin(engine, [0, 1])).toBe('SYSTEM_ERROR');
    disk.empty();
    expect(pins(engine)).toEqual(['0', '0', '0']);
    Object.assign(engine.host, { setAffinity: async () => Promise.reject(virError('OPERATION_FAILED', 'no')) });
    expect(await pin(engine, [0, 1])).toBe('OPERATION_FAILED');
    expect(pins(engine)).toEqual(['0', '0', '0']);
  });

  it('that was recorded is made true by the next engine', async () => {
    const engine = await start();
    Object.assign(engine.host, { setAffinity: () => new Promise(() => undefined) });
    void pin(engine, [0]).catch(() => undefined); // its engine is gone
    await until(() => pinsOf(recorded(engine)) === '0');
    Reflect.deleteProperty(engine.host, 'setAffinity');
    await engine.crashAndAdopt();
    expect(pins(engine)).toEqual(['0', '0', '0']);
  });

  it('that can’t be made true keeps no domain from being taken over', async () => {
    const engine = await start();
    await pin(engine, [0]);
    Object.assign(engine.host, { setAffinity: async () => Promise.reject(virError('OPERATION_FAILED', 'no')) });
    await engine.crashAndAdopt();
    expect([engine.obj.problem, pinsOf(engine.live.def)]).toEqual([undefined, '0']);
  });
});

// The engine dies, or a caller gives up, at each command of a device change, before or after QEMU has carried it out. A new engine must find what is, and the same
// change must then work: nothing that is in the way is left.
import { describe, expect, it } from 'vitest';
import { DeviceEngine, settle, until } from '../../../../helpers/device-engine.ts';

const diskXml = (path: string): string =>
  `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${path}'/><target dev='vdb' bus='virtio'/></disk>`;

interface Change {
  readonly verb: string;
  readonly input: (engine: DeviceEngine) => object;
  readonly commands: number;
  /** The disks after the change. */
  readonly after: string;
  /** Before the change. */
  readonly prepare?: (engine: DeviceEngine) => Promise<unknown>;
}

const CHANGES: Readonly<Record<string, Change>> = {
  attach: {
    verb: 'attachDevice',
    input: (engine) => ({ xml: diskXml(engine.file('b')) }),
    commands: 3,
    after: 'sda a.iso,vdb b',
  },
  detach: {
    verb: 'detachDevice',
    input: () => ({ xml: "<disk><target dev='vdb'/></disk>" }),
    commands: 3,
    after: 'sda a.iso',
    prepare: (engine) => engine.on('attachDevice', { xml: diskXml(engine.file('b')) }),
  },
  'change of medium': {
    verb: 'changeMedia',
    input: (engine) => ({ target: 'sda', source: engine.file('b.iso') }),
    commands: 6,
    after: 'sda b.iso',
  },
  eject: { verb: 'changeMedia', input: () => ({ target: 'sda' }), commands: 4, after: 'sda empty' },
};

/** What the engine believes beside what is: each disk that it lists is in QEMU, with the image that it says, and nothing else is there. */
function expectTrue(engine: DeviceEngine): void {
  const { qemu } = engine;
  const believed = engine.live.def.devices.disks.map(({ alias, source }) => `${alias?.name} ${source?.file}`);
  const nodeOf = (id: string): string | undefined => {
    const node = qemu.drives.has(id) ? qemu.drives.get(id)?.node : (qemu.devices.get(id)?.drive as string | undefined);
    const props = qemu.backends.get(node ?? '');
    const storage = typeof props?.file === 'string' ? qemu.backends.get(props.file) : props;
    return storage?.filename as string | undefined;
  };
  const actual = [...qemu.devices.keys()].filter((id) => /disk|sata/.test(id)).map((id) => `${id} ${nodeOf(id)}`);
  expect(believed.sort()).toEqual(actual.sort());
}

const walk = Object.entries(CHANGES).flatMap(([name, { commands }]) =>
  Array.from({ length: commands }, (_, at) => [false, true].map((hasEffect) => ({ name, at, hasEffect }))).flat(),
);

/** What comes after the change has been done is not given up: it has its own end. */
const isCleanUp = (name: string, at: number): boolean => name !== 'attach' && at + 1 === CHANGES[name]?.commands;

async function hung(name: string, at: number, hasEffect: boolean, signal?: AbortSignal) {
  const { verb, input, prepare } = CHANGES[name] as Change;
  const engine = await DeviceEngine.start();
  await prepare?.(engine);
  engine.qemu.changes.length = 0;
  engine.qemu.hang = { at, hasEffect };
  const arguments_ = input(engine);
  const answer = engine.call(`domain.${verb}`, { domain: 'web', ...arguments_ }, signal).then(
    () => 'done',
    (error: unknown) => (error as { code: string }).code,
  );
  await until(() => engine.qemu.changes.length > at);
  await settle();
  return { engine, answer, again: () => engine.on(verb, arguments_) };
}

describe('an engine that dies', () => {
  it.each(walk)(
    'at command $at of $name (carried out: $hasEffect) is followed by one that finds what is',
    async ({ name, at, hasEffect }) => {
      const { engine, again } = await hung(name, at, hasEffect);
      await engine.crashAndAdopt();
      await settle();
      expectTrue(engine);
      expect(engine.qemu.strays).toEqual([]);
      // What is so already is refused or done once more; what is not is done.
      await again();
      expectTrue(engine);
      expect(engine.disks.join()).toBe(CHANGES[name]?.after);
    },
  );
});

describe('a caller that gives up', () => {
  it.each(walk.filter(({ name, at }) => name !== 'detach' && !isCleanUp(name, at)))(
    'at command $at of $name (carried out: $hasEffect) leaves a domain that is what it says',
    async ({ name, at, hasEffect }) => {
      const wish = new AbortController();
      const { engine, answer } = await hung(name, at, hasEffect, wish.signal);
      engine.qemu.hang = undefined;
      wish.abort();
      expect(await answer).toBe('OPERATION_ABORTED');
      await settle();
      expectTrue(engine);
    },
  );
});

describe('a domain that is forced off while a device comes', () => {
  it('is off, and the command says so', async () => {
    const { engine, answer } = await hung('attach', 2, false);
    await engine.call('domain.destroy', { domain: 'web' });
    expect([await answer, engine.obj.live, engine.host.alive]).toEqual([
      expect.stringMatching(/^OPERATION_/),
      undefined,
      [],
    ]);
  });
});

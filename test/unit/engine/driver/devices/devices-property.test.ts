// Whatever several callers do to a domain's devices at once, whatever its guest answers and QEMU refuses, and wherever the engine dies: what the engine believes is what
// QEMU has, its record on disk says the same, and no back end is open that no device uses.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDomain } from '../../../../../src/engine/conf/domain.ts';
import { DeviceEngine, settle, until, WEB } from '../../../../helpers/device-engine.ts';

const flags = fc.constantFrom({}, { live: true }, { config: true }, { live: true, config: true });
const dev = fc.constantFrom('vdb', 'vdc', 'vdd');
const card = fc.constantFrom('01', '02');

const command = fc.oneof(
  fc.record({ verb: fc.constant('attachDevice' as const), flags, what: fc.oneof(dev, card) }),
  fc.record({ verb: fc.constant('detachDevice' as const), flags, what: fc.oneof(dev, card) }),
  fc.record({ verb: fc.constant('changeMedia' as const), flags, what: fc.constantFrom('a.iso', 'b.iso', '') }),
  fc.record({ verb: fc.constant('setLink' as const), flags, what: card }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commands' as const),
      commands: fc.array(command, { minLength: 1, maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('guest' as const),
      guest: fc.constantFrom('obeys' as const, 'ignores' as const, 'refuses' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), what: fc.oneof(dev, card) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), at: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('crash' as const), at: fc.nat(5), hasEffect: fc.boolean(), command }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const isDisk = (what: string): boolean => what.startsWith('vd');
const xmlOf = (engine: DeviceEngine, what: string): string =>
  isDisk(what)
    ? `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${engine.file(what)}'/><target dev='${what}' bus='virtio'/></disk>`
    : `<interface type='user'><mac address='52:54:00:00:00:${what}'/><model type='virtio'/></interface>`;

function inputOf(engine: DeviceEngine, { verb, flags: given, what }: Command): object {
  if (verb === 'changeMedia') return { ...given, target: 'sda', ...(what === '' ? {} : { source: engine.file(what) }) };
  if (verb === 'setLink') return { ...given, interface: `52:54:00:00:00:${what}`, up: false };
  // Who only asks gets an answer at once, whatever the guest does.
  return { ...given, xml: xmlOf(engine, what), ...(verb === 'detachDevice' && { timeoutMs: 0 }) };
}

async function take(engine: DeviceEngine, each: Step): Promise<void> {
  switch (each.kind) {
    case 'commands':
      await Promise.all(each.commands.map((one) => engine.on(one.verb, inputOf(engine, one))));
      engine.qemu.refusal = () => undefined;
      return;
    case 'guest':
      engine.qemu.guest = each.guest;
      return;
    case 'release': {
      const aliases = [...engine.qemu.devices.keys()].filter((id) =>
        id.startsWith(isDisk(each.what) ? 'virtio-disk' : 'net'),
      );
      if (aliases[0]) engine.qemu.release(aliases[0]);
      return;
    }
    case 'refuse': {
      let left = each.at;
      // What takes something back is never refused: then even a real one would keep it.
      engine.qemu.refusal = (name) => (/add|insert|set_link/.test(name) && left-- === 0 ? 'no' : undefined);
      return;
    }
    case 'crash': {
      const before = engine.qemu.changes.length;
      engine.qemu.hang = { at: before + each.at, hasEffect: each.hasEffect };
      let isOver = false;
      const running = engine.on(each.command.verb, inputOf(engine, each.command)).then(() => {
        isOver = true;
      });
      running.catch(() => undefined); // its engine is gone
      await until(() => isOver || engine.qemu.changes.length > before + each.at);
      await settle();
      engine.qemu.refusal = () => undefined;
      await engine.crashAndAdopt();
    }
  }
}

function expectTrue(engine: DeviceEngine): void {
  const { qemu, live } = engine;
  const believed = [...live.def.devices.disks, ...live.def.devices.interfaces].map(({ alias }) => alias?.name).sort();
  const actual = [...qemu.devices.keys()].filter((id) => /^(virtio-disk|net|sata)/.test(id)).sort();
  expect(believed).toEqual(actual);
  const disc = live.def.devices.disks.find(({ target }) => target?.dev === 'sda')?.source?.file;
  const node = qemu.drives.get('sata0-0-0')?.node;
  expect(disc).toBe(node === undefined ? undefined : qemu.backends.get(node)?.filename);
  expect(qemu.strays).toEqual([]);
  expect(engine.host.statuses.get(WEB)?.xml).toBe(formatDomain(live.def, { live: true }));
  expect(engine.host.definitions.get('web')).toBe(formatDomain(engine.obj.def));
}

it('the engine believes what is, after every step of any number of callers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const engine = await DeviceEngine.start();
      for (const each of steps) {
        await take(engine, each);
        await settle();
        expectTrue(engine);
      }
    }),
    { numRuns: 60 },
  );
}, 60_000);

// Jobs on a disk's images, for the fault walk: wherever it dies, what the next start uses holds everything that the guest had written.
import { execa } from 'execa';
import { guestWrites, guestWritesOn } from './disk-writes.ts';
import { tinyDomain } from './domain-xml.ts';
import type { Operation, World } from './fault-walk.ts';

type Place = Pick<World, 'sandbox'>;
const domain = 'web';
const disk = 'vda';
const image = ({ sandbox }: Place, name: string): string => sandbox.path(`${name}.qcow2`);

/** A domain on 'top' over 'base', paused: what its guest would write the monitor does. */
async function startOverlay(world: World): Promise<void> {
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', image(world, 'base'), '16M']);
  await execa('qemu-io', ['-c', 'write -P 1 0 16M', image(world, 'base')]);
  await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', 'base.qcow2', '-F', 'qcow2', image(world, 'top')]);
  await execa('qemu-io', ['-c', 'write -P 2 1M 1M', image(world, 'top')]);
  const device = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${image(world, 'top')}'/><target dev='${disk}' bus='virtio'/></disk>`;
  await world.client.call('domain.define', { xml: tinyDomain({ name: domain, memoryMiB: 16, devices: device }) });
  await world.client.call('domain.start', { domain, paused: true });
}

const jobOf = async ({ client }: World) => (await client.call('domain.blockJobInfo', { domain, disk })).job;
const isReady = async (world: World): Promise<boolean> => (await jobOf(world))?.isReady ?? false;
const isActive = async ({ client }: World): Promise<boolean> =>
  (await client.call('domain.lookup', { domain })).isActive;
const topOf = async ({ client }: World, inactive: boolean): Promise<string> =>
  /<source file='[^']*\/(\w+)\.qcow2'/.exec((await client.call('domain.dumpxml', { domain, inactive })).xml)?.[1] ?? '';

/** The image that the next start uses holds what was written. */
async function expectWritten(
  world: World,
  ...written: readonly (readonly [pattern: number, at: string])[]
): Promise<void> {
  const path = image(world, await topOf(world, true));
  for (const [pattern, at] of [[2, '1M'], [1, '2M'], ...written] as const) {
    const { stdout, failed } = await execa('qemu-io', ['-r', '-c', `read -P ${pattern} ${at} 1M`, path], {
      reject: false,
    });
    if (failed) throw new Error(`${path} has lost the ${pattern} that was written at ${at}: ${stdout}`);
  }
}

async function endAndCompare(world: World): Promise<void> {
  const written: [number, string][] = [[3, '3M']];
  const behind = writtenBehind.get(world.sandbox);
  if (behind !== undefined) written.push([behind, BEHIND]);
  if (await isActive(world)) {
    await guestWrites(world, 4, '4M');
    written.push([4, '4M']);
    await world.client.call('domain.destroy', { domain });
  }
  await expectWritten(world, ...written);
  await world.client.call('domain.start', { domain });
  await world.client.call('domain.destroy', { domain });
}

/** Running and stored say the same. Where a job is still there, it is one that can be ended. */
async function pivoted(world: World, to: string): Promise<boolean> {
  const stored = await topOf(world, true);
  if (!(await isActive(world))) return stored === to;
  // What was begun is finished behind the engine's start.
  await world.sandbox.until(async () => (await jobOf(world)) === undefined || isReady(world), 'the job to be seen to');
  const [now, then] = [await topOf(world, false), await topOf(world, true)];
  if (now !== then) throw new Error(`the domain runs on ${now}, its next start uses ${then}`);
  return now === to;
}

/** Where the guest writes while a job is in step, and again behind the pivot: the image of before has something else there. */
const BEHIND = '5M';
/** The pattern that must be there by now; none where QEMU holds the guest's write back. */
const writtenBehind = new WeakMap<World['sandbox'], number | undefined>();

async function writeInStep(world: World): Promise<void> {
  await guestWrites(world, 3, '3M');
  await guestWrites(world, 3, BEHIND);
}

/** The guest does not wait for an engine to record a pivot: what it writes behind it only the new image has. */
async function writeBehind(world: World): Promise<void> {
  const outcome = await guestWritesOn(world, 5, BEHIND);
  writtenBehind.set(world.sandbox, outcome === 'written' ? 5 : outcome === 'held' ? undefined : 3);
}

const commit = async (world: World): Promise<void> => {
  await startOverlay(world);
  await world.client.call('domain.blockCommit', { domain, disk, active: true });
  await world.sandbox.until(() => isReady(world), 'the commit to be in step');
  await writeInStep(world);
};
const copy = async (world: World): Promise<void> => {
  await startOverlay(world);
  await world.client.call('domain.blockCopy', { domain, disk, destination: image(world, 'copy'), transientJob: true });
  await world.sandbox.until(() => isReady(world), 'the copy to be in step');
  await writeInStep(world);
};
const pivot = async (world: World): Promise<void> => {
  try {
    await world.client.call('domain.blockJobAbort', { domain, disk, pivot: true });
  } finally {
    await writeBehind(world);
  }
};

/** With the engine QEMU dies too, as in a power cut. */
const pivotAndPowerCut = async (world: World): Promise<void> => {
  try {
    await pivot(world);
  } finally {
    for (const { pid } of world.sandbox.guests) process.kill(pid, 'SIGKILL');
    await world.sandbox.until(() => world.sandbox.guests.length === 0, 'the guest to die');
    // An engine that lives hears of it in a moment.
    await world.sandbox.until(
      () =>
        isActive(world).then(
          (is) => !is,
          () => true,
        ),
      'the end to be known',
    );
  }
};

const pivotTo = (to: string) => ({
  scope: 'domain.blockJobAbort',
  happened: (world: World) => pivoted(world, to),
  after: endAndCompare,
  mayHappenUntold: true,
});

export const BLOCK_JOBS: readonly Operation[] = [
  { name: 'pivot of a commit', prepare: commit, run: pivot, ...pivotTo('base') },
  { name: 'pivot of a commit, and a power cut', prepare: commit, run: pivotAndPowerCut, ...pivotTo('base') },
  { name: 'pivot of a copy', prepare: copy, run: pivot, ...pivotTo('copy') },
  { name: 'pivot of a copy, and a power cut', prepare: copy, run: pivotAndPowerCut, ...pivotTo('copy') },
  {
    name: 'abort of a copy',
    scope: 'domain.blockJobAbort',
    prepare: copy,
    run: ({ client }) => client.call('domain.blockJobAbort', { domain, disk }),
    happened: async (world) => {
      // The disk is what it was, and the copy, which was in step, is whole.
      if (await pivoted(world, 'copy')) throw new Error('a pivot was made that nobody asked for');
      if ((await jobOf(world)) !== undefined) return false;
      await execa('qemu-io', ['-r', '-c', 'read -P 3 3M 1M', image(world, 'copy')]);
      return true;
    },
    after: async (world, happened) => {
      if (!happened) await world.client.call('domain.blockJobAbort', { domain, disk });
      await endAndCompare(world);
    },
    mayHappenUntold: true,
  },
  {
    name: 'pull',
    scope: 'domain.blockPull',
    prepare: async (world) => {
      await startOverlay(world);
      await guestWrites(world, 3, '3M');
    },
    run: async (world) => {
      await world.client.call('domain.blockPull', { domain, disk });
      await world.sandbox.until(async () => (await jobOf(world)) === undefined, 'the pull to end');
    },
    happened: async (world) => {
      await world.sandbox.until(async () => (await jobOf(world)) === undefined, 'the pull to be seen to');
      return !(await world.client.call('domain.dumpxml', { domain })).xml.includes('base.qcow2');
    },
    after: endAndCompare,
    mayHappenUntold: true,
  },
  {
    name: 'begin of a copy',
    scope: 'domain.blockCopy',
    prepare: async (world) => {
      await startOverlay(world);
      await guestWrites(world, 3, '3M');
    },
    run: ({ client, sandbox }) =>
      client.call('domain.blockCopy', { domain, disk, destination: image({ sandbox }, 'copy'), transientJob: true }),
    happened: async (world) => (await jobOf(world)) !== undefined,
    after: async (world, happened) => {
      // What was cut off is in nobody's way.
      if (!happened) await copyAgain(world);
      await world.client.call('domain.blockJobAbort', { domain, disk });
      await endAndCompare(world);
    },
    mayHappenUntold: true,
  },
];

const copyAgain = ({ client, sandbox }: World) =>
  client.call('domain.blockCopy', { domain, disk, destination: image({ sandbox }, 'copy'), transientJob: true });

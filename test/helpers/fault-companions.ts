// Starting, ending and changing a domain that has processes beside QEMU, for the fault walk.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Operation, World } from './fault-walk.ts';
import { isRunning, look, mustLook, SERIAL, startAndDestroy, UUID, webXml } from './fault-web.ts';
import { PASST_PROBLEM } from './passt.ts';

/** What needs processes beside QEMU. */
const TPM = "<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>";
const PASST =
  "<interface type='user'><mac address='52:54:00:00:00:21'/><model type='virtio'/><backend type='passt'/></interface>";
/** Where passt can't run, swtpm alone. */
const BESIDE = PASST_PROBLEM ? TPM : TPM + PASST;
const COUNT = PASST_PROBLEM ? 1 : 2;
const PORTS = "<controller type='pci' model='pcie-root-port'/>".repeat(6);
const PLUGGED =
  "<interface type='user'><mac address='52:54:00:00:00:22'/><model type='virtio'/><backend type='passt'/></interface>";
const defineBeside = async ({ client }: World): Promise<void> =>
  void (await client.call('domain.define', { xml: webXml(16, SERIAL + BESIDE) }));
const startBeside = async (world: World): Promise<void> => {
  await defineBeside(world);
  await world.client.call('domain.start', { domain: 'web' });
};
/** Throws where one of them is missing, or one too many is there. */
function assertBeside({ sandbox }: World, expected: number): void {
  const found = sandbox.companions.map(({ args }) => args.split(' ')[0]);
  if (found.length !== expected)
    throw new Error(`${expected} processes should be beside QEMU, not ${found.join(', ')}`);
}
/** Makes the TPM before the walk: that takes a second. */
const withTpm = async (world: World): Promise<void> => {
  await startBeside(world);
  await world.client.call('domain.destroy', { domain: 'web' });
};

export const COMPANIONS: readonly Operation[] = [
  {
    name: 'start with a new TPM and passt',
    scope: 'domain.start',
    prepare: defineBeside,
    run: ({ client }) => client.call('domain.start', { domain: 'web' }),
    happened: async (world) => {
      const runs = await isRunning(world);
      assertBeside(world, runs ? COUNT : 0);
      return runs;
    },
    after: startAndDestroy,
  },
  {
    name: 'create (transient) with a TPM and passt',
    scope: 'domain.create',
    prepare: async () => undefined,
    run: ({ client }) => client.call('domain.create', { xml: webXml(16, SERIAL + BESIDE) }),
    happened: async (world) => {
      const runs = (await look(world)) !== undefined;
      assertBeside(world, runs ? COUNT : 0);
      return runs;
    },
    after: async (world, happened) => {
      if (happened) await world.client.call('domain.destroy', { domain: 'web' });
      assertBeside(world, 0);
    },
  },
  {
    name: 'destroy with a TPM and passt',
    scope: 'domain.destroy',
    prepare: startBeside,
    run: ({ client }) => client.call('domain.destroy', { domain: 'web' }),
    happened: async (world) => {
      const { isActive } = await mustLook(world);
      assertBeside(world, isActive ? COUNT : 0);
      return !isActive;
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'undefine with a TPM',
    scope: 'domain.undefine',
    prepare: withTpm,
    run: ({ client }) => client.call('domain.undefine', { domain: 'web' }),
    happened: async (world) => {
      const isGone = (await look(world)) === undefined;
      if (!isGone && !existsSync(join(world.paths.tpmDir, UUID, 'tpm2/tpm2-00.permall')))
        throw new Error('the TPM is gone, the domain is not');
      return isGone;
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
  {
    name: 'attach a passt interface',
    ...(PASST_PROBLEM ? { cannot: PASST_PROBLEM } : {}),
    scope: 'domain.attachDevice',
    prepare: async (world) => {
      await world.client.call('domain.define', { xml: webXml(16, SERIAL + PORTS) });
      await world.client.call('domain.start', { domain: 'web' });
    },
    run: ({ client }) => client.call('domain.attachDevice', { domain: 'web', live: true, xml: PLUGGED }),
    happened: async (world) => {
      const { xml } = await world.client.call('domain.dumpxml', { domain: 'web' });
      const isThere = xml.includes('52:54:00:00:00:22');
      assertBeside(world, isThere ? 1 : 0);
      return isThere;
    },
    after: startAndDestroy,
    mayHappenUntold: true,
  },
];

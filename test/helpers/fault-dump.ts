// A core of a guest's memory, for the fault walk: wherever it dies, the guest goes on, and no half of a core is left.
import { existsSync, readdirSync } from 'node:fs';
import { tinyDomain } from './domain-xml.ts';
import type { Operation, World } from './fault-walk.ts';

const domain = 'web';
const core = ({ sandbox }: World): string => sandbox.path('web.core');
const stateOf = async ({ client }: World): Promise<string> => (await client.call('domain.lookup', { domain })).state;

export const DUMP: Operation = {
  name: 'dump',
  scope: 'domain.dump',
  prepare: async ({ client }) => {
    await client.call('domain.define', { xml: tinyDomain({ name: domain, memoryMiB: 16 }) });
    await client.call('domain.start', { domain });
  },
  run: (world) => world.client.call('domain.dump', { domain, path: core(world) }),
  happened: async (world) => {
    const { sandbox } = world;
    const isClean = (): boolean => !readdirSync(sandbox.dir).some((name) => name.endsWith('.saving'));
    // An engine that takes over waits for QEMU to have written it, and lets nobody else wait.
    await sandbox.until(async () => isClean() && (await stateOf(world)) === 'running', 'the guest to go on alone');
    return existsSync(core(world));
  },
  after: async ({ client }) => {
    await client.call('domain.destroy', { domain });
  },
  mayHappenUntold: true,
};

// The domain 'web' of the fault walk, and what a person does with it.
import { toVirError } from '../../src/common/errors.ts';
import type { DomainSummary } from '../../src/common/model/domain.ts';
import { tinyDomain } from './domain-xml.ts';
import type { World } from './fault-walk.ts';

export const UUID = '5a0e5ee8-7f0c-4c4e-9d43-3f1c1c2b0a01';
export const SERIAL = "<serial type='pty'/>";
export const webXml = (memoryMiB = 16, devices = SERIAL): string =>
  tinyDomain({ name: 'web', uuid: UUID, memoryMiB, devices });

export const define = async ({ client }: World): Promise<void> =>
  void (await client.call('domain.define', { xml: webXml() }));
export const startWeb = async (world: World): Promise<void> => {
  await define(world);
  await world.client.call('domain.start', { domain: 'web' });
};
export const saveWeb = async (world: World): Promise<void> => {
  await startWeb(world);
  await world.client.call('domain.managedSave', { domain: 'web' });
};
export const look = async ({ client }: World, domain = 'web'): Promise<DomainSummary | undefined> =>
  client.call('domain.lookup', { domain }).catch((error: unknown) => {
    if (toVirError(error).code === 'NO_DOMAIN') return undefined;
    throw error;
  });
export const mustLook = async (world: World): Promise<DomainSummary> => {
  const found = await look(world);
  if (!found) throw new Error("'web' is lost");
  return found;
};

/** Whatever happened: the domain can be started where it is off, runs, and can be forced off. */
export async function startAndDestroy(world: World): Promise<void> {
  const found = await look(world);
  if (!found) return void (await define(world));
  if (!found.isActive) await world.client.call('domain.start', { domain: 'web' });
  // A restore whose last step failed: its memory is there, and a person resumes it.
  if ((await mustLook(world)).state === 'paused') await world.client.call('domain.resume', { domain: 'web' });
  const { state } = await mustLook(world);
  if (state !== 'running') throw new Error(`'web' is ${state}, not running`);
  await world.client.call('domain.destroy', { domain: 'web' });
}

export const isRunning = async (world: World): Promise<boolean> => (await mustLook(world)).state === 'running';

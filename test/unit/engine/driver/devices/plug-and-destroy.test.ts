// A companion that is ready only once its domain is gone: the destroy that went by could not know of it, so whoever started it ends it.
import { expect, it } from 'vitest';
import { DeviceEngine, until } from '../../../../helpers/device-engine.ts';

const CARD =
  "<interface type='user'><mac address='52:54:00:00:00:31'/><model type='virtio'/><backend type='passt'/></interface>";

it('is no orphan', async () => {
  const engine = await DeviceEngine.start();
  const { host } = engine;
  const isReady = Promise.withResolvers<void>();
  const spawn = host.spawnCompanion.bind(host);
  host.spawnCompanion = async (options) => {
    const companion = await spawn(options);
    await isReady.promise;
    return companion;
  };
  const told = engine.on('attachDevice', { xml: CARD, live: true });
  await until(() => host.aliveCompanions.length > 0);
  await engine.call('domain.destroy', { domain: 'web' });
  expect(host.aliveCompanions).toHaveLength(1);
  isReady.resolve();
  expect(await told).toBe('OPERATION_ABORTED');
  expect([host.aliveCompanions, host.alive, host.statuses.size]).toEqual([[], [], 0]);
});

// Clients that can't be accepted, because no descriptor is left, end no engine: guests would be without one.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serveSocket } from '../../../../src/engine/door/socket-server.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { silentLog } from '../../../../src/engine/util/log.ts';
import { failToAccept, serverOf } from '../../../helpers/listening-server.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

it('outlives every error of its socket', async () => {
  const path = join(tempDir(), 'engine.sock');
  const { served, server } = await serverOf(() => serveSocket(path, {} as Engine, silentLog));
  failToAccept(server);
  expect(served.connections()).toBe(0);
  await served.close();
});

// Clients that can't be accepted, because no descriptor is left, end no engine: guests would be without one.
import { Server } from 'node:net';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { serveSocket } from '../../../../src/engine/door/socket-server.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { silentLog } from '../../../../src/engine/util/log.ts';
import { tempDir } from '../../../helpers/temp-dir.ts';

it('outlives every error of its socket', async () => {
  const listening = vi.spyOn(Server.prototype, 'listen');
  const served = await serveSocket(join(tempDir(), 'engine.sock'), {} as Engine, silentLog);
  const server = listening.mock.contexts[0] as Server;
  listening.mockRestore();
  // As net tells it where accept(2) fails.
  for (let time = 0; time < 3; time += 1) server.emit('error', new Error('accept EMFILE'));
  expect(served.connections()).toBe(0);
  await served.close();
});

// The console streams of a shell without an HTTP server of ours, which runs in the process that hosts the engine.
import { expect, it } from 'vitest';
import { startConsoleServer } from '../../../../src/engine/door/console-server.ts';
import { failToAccept, serverOf } from '../../../helpers/listening-server.ts';

it('goes on behind a window that can’t be accepted', async () => {
  const { served, server } = await serverOf(() =>
    startConsoleServer({ origin: 'app://vivarium', openConsole: () => Promise.reject(new Error('not asked')) }),
  );
  failToAccept(server);
  expect((await fetch(served.url.replace('ws:', 'http:'))).status).toBe(404);
  served.close();
});

// What ends the browser shell's server, and what does not.
import { expect, it } from 'vitest';
import { startHttpServer } from '../../../src/server/http-server.ts';
import { SessionStore } from '../../../src/server/session-store.ts';
import { failToAccept, serverOf } from '../../helpers/listening-server.ts';

const serve = (port: number) =>
  startHttpServer({
    port,
    files: new Map(),
    sessions: new SessionStore(),
    backend: {
      handler: () => {
        throw new Error('not asked');
      },
      openConsole: () => Promise.reject(new Error('not asked')),
      onInternalError: () => undefined,
    },
  });

it('goes on behind a window that can’t be accepted', async () => {
  const { served, server } = await serverOf(() => serve(0));
  failToAccept(server);
  expect((await fetch(`http://127.0.0.1:${served.port}/`)).status).toBe(404);
  await served.close();
});

it('does not begin where its port is taken', async () => {
  const first = await serve(0);
  await expect(serve(first.port)).rejects.toMatchObject({ code: 'RESOURCE_BUSY' });
  await first.close();
});

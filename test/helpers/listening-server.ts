// The server behind what listens, to be told of a client that can't be accepted because no descriptor is left: as often as the kernel says so, and an 'error' that
// nobody hears ends a process.
import { Server } from 'node:net';
import { vi } from 'vitest';

/** What `serve` makes, and the server that it listens with. */
export async function serverOf<T>(serve: () => Promise<T>): Promise<{ readonly served: T; readonly server: Server }> {
  const listening = vi.spyOn(Server.prototype, 'listen');
  try {
    const served = await serve();
    return { served, server: listening.mock.contexts[0] as Server };
  } finally {
    listening.mockRestore();
  }
}

/** As net tells it where accept(2) fails. */
export function failToAccept(server: Server): void {
  for (let time = 0; time < 3; time += 1) server.emit('error', new Error('accept EMFILE'));
}

// QEMU's unix-socket character device takes one client at a time; several windows want the same serial console. The hub is that one client, for as
// long as the domain runs: it keeps the recent output for whoever comes later, sends output to all viewers and input from any of them.
import { connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { Emitter } from '../../../common/base/emitter.ts';

const SCROLLBACK_BYTES = 256 * 1024;
/** A viewer that does not read is dropped rather than held in memory. */
const MAX_VIEWER_BACKLOG = 4 * 1024 * 1024;

export class SerialHub {
  readonly #socket: Socket;
  readonly #viewers = new Set<Duplex>();
  readonly #recent: Buffer[] = [];
  readonly #output = new Emitter<Buffer>();
  #recentBytes = 0;

  /** Hears the guest's output from now on. */
  readonly onOutput = this.#output.event;

  constructor(path: string) {
    this.#socket = connect(path);
    this.#socket.on('data', (chunk) => this.#receive(chunk));
    this.#socket.on('error', () => this.dispose()); // the device went with its QEMU; viewers see their stream end
    this.#socket.on('close', () => this.dispose());
  }

  /** A byte stream to and from the console, which begins with the recent output. */
  attach(): Duplex {
    const viewer = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#socket.destroyed) return done();
        this.#socket.write(chunk, () => done());
      },
      destroy: (error, done) => {
        this.#viewers.delete(viewer);
        done(error);
      },
    });
    for (const chunk of this.#recent) viewer.push(chunk);
    if (this.#socket.destroyed) viewer.push(null);
    else this.#viewers.add(viewer);
    return viewer;
  }

  dispose(): void {
    this.#socket.destroy();
    for (const viewer of this.#viewers) viewer.push(null);
    this.#viewers.clear();
  }

  #receive(chunk: Buffer): void {
    this.#recent.push(chunk);
    this.#recentBytes += chunk.length;
    while (this.#recentBytes > SCROLLBACK_BYTES && this.#recent.length > 1)
      this.#recentBytes -= this.#recent.shift()?.length ?? 0;
    this.#output.fire(chunk);
    for (const viewer of this.#viewers) {
      if (viewer.readableLength > MAX_VIEWER_BACKLOG) viewer.destroy();
      else viewer.push(chunk);
    }
  }
}

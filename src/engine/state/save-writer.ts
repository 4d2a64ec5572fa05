// The file that a guest's memory goes to while it is saved. QEMU 7.2 writes a stream to a socket only (its sandbox forbids exec:, and Node can't hand it a
// descriptor), so we listen and write; a newer one writes the file itself (`file`). The file gets its name only when it is whole and on disk.
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { virError } from '../../common/errors.ts';
import { crashpoint } from '../util/failpoint.ts';
import { syncDirectory, writeAll, writeProblem } from './durable-file.ts';
import { encodeSaveHeader } from './save-image.ts';

export interface SaveOptions {
  readonly path: string;
  readonly temporary: string;
  readonly socketPath: string;
  readonly xml: string;
  readonly wasRunning: boolean;
  /** QEMU opens the file and writes RAM to fixed places in it (mapped-ram). */
  readonly isSparse: boolean;
}

export interface SaveWriter {
  /** Where the stream begins in the file. */
  readonly streamOffset: number;
  /** Bytes of the stream so far; 0 where QEMU writes by itself. */
  readonly written: () => number;
  /** Resolves when the stream has ended and all of it was handed to the kernel; rejects with SYSTEM_ERROR where it can't be written. */
  readonly finished: Promise<void>;
  /** Syncs, marks the file as whole and gives it its name. From then on the guest is saved. */
  commit(): Promise<void>;
  /** Takes everything back. */
  discard(): Promise<void>;
}

const COPY_BYTES = 1024 * 1024;

/** Listens; the connection is the one that QEMU makes. Each rejects with its own failure: to listen, and to accept (no descriptor is left). */
async function listen(server: Server, path: string): Promise<{ readonly connection: Promise<Socket> }> {
  const { promise: connection, resolve, reject } = Promise.withResolvers<Socket>();
  connection.catch(() => undefined); // whoever saves awaits it; a discard must not count as unhandled
  server.maxConnections = 1;
  server.once('connection', resolve);
  server.once('close', () => reject(virError('OPERATION_ABORTED', 'the save was ended before it began')));
  const listening = Promise.withResolvers<void>();
  // For as long as it is there: an error that nobody hears would end the engine.
  server.on('error', (error) => {
    listening.reject(error);
    reject(error);
  });
  server.listen(path, listening.resolve);
  await listening.promise;
  return { connection };
}

/** Copies what QEMU sends to `file`. */
async function receive(
  server: Server,
  connection: Promise<Socket>,
  file: FileHandle,
  start: number,
  count: (bytes: number) => void,
): Promise<void> {
  const socket = await connection;
  let position = start;
  let batch: Buffer[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    await writeAll(file, Buffer.concat(batch, size), position);
    position += size;
    count(size);
    batch = [];
    size = 0;
  };
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      batch.push(chunk);
      size += chunk.length;
      if (size >= COPY_BYTES) await flush();
    }
    await flush();
  } finally {
    server.close();
  }
}

/** Makes the temporary file and, where QEMU does not write by itself, listens for it. Throws SYSTEM_ERROR that names the file. */
export async function createSave(options: SaveOptions): Promise<SaveWriter> {
  const { path, temporary, socketPath, isSparse } = options;
  const header = (isComplete: boolean): Buffer => encodeSaveHeader({ ...options, isComplete });
  const refuse = (error: unknown) =>
    virError('SYSTEM_ERROR', `${path} can't be written: ${writeProblem(error)}`, { cause: error });
  const server = createServer({ pauseOnConnect: false });
  let file: FileHandle | undefined;
  let connection: Promise<Socket> | undefined;
  try {
    file = await open(temporary, 'wx', 0o600);
    await writeAll(file, header(false), 0);
    await rm(socketPath, { force: true });
    if (!isSparse) ({ connection } = await listen(server, socketPath));
  } catch (error) {
    server.close();
    await file?.close();
    await rm(temporary, { force: true }).catch(() => undefined); // what failed is told
    throw refuse(error);
  }
  const handle = file;
  const streamOffset = header(false).length;
  let written = 0;
  const count = (bytes: number): void => {
    written += bytes;
  };
  const finished = connection
    ? receive(server, connection, handle, streamOffset, count).catch((error: unknown) => {
        throw refuse(error);
      })
    : Promise.resolve();
  finished.catch(() => undefined); // whoever saves awaits it; a discard must not count as unhandled
  return {
    streamOffset,
    written: () => written,
    finished,
    commit: async () => {
      try {
        await writeAll(handle, header(true), 0);
        await handle.sync();
        await handle.close();
        crashpoint('the saved file is whole, not yet named');
        await rename(temporary, path);
        crashpoint('the saved file is named, not yet synced');
        // One that is told to have failed must not be found under its name: the guest runs on, and its disks with it.
        await syncDirectory(dirname(path)).catch(async (error: unknown) => {
          await rename(path, temporary);
          throw error;
        });
      } catch (error) {
        throw refuse(error);
      }
    },
    discard: async () => {
      server.close();
      void connection?.then(
        (socket) => socket.destroy(), // one whose QEMU hangs would stay open with it
        () => undefined,
      );
      await rm(socketPath, { force: true }).catch(() => undefined); // the run's folder goes with it
      await handle.close().catch(() => undefined); // closed by the commit that failed
      await rm(temporary, { force: true });
    },
  };
}

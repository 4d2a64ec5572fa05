// What a shell gets of the engine, whether it hosts it or has found another process's: the same handler, the same consoles.
import type { Duplex } from 'node:stream';
import type { Disposable } from '../../common/base/dispose.ts';
import type { ContractHandler } from '../../common/contract/server.ts';

export interface EngineDoor {
  readonly role: 'host' | 'client';
  readonly handler: ContractHandler;
  /** The byte stream for a one-time ticket. Rejects with OPERATION_DENIED, OPERATION_INVALID, DEVICE_MISSING. */
  openConsole(ticket: string): Promise<Duplex>;
  /** Fires once when the engine has ended, for a client; never for a host. */
  onEnd(listener: (reason: string) => void): Disposable;
  /** A host: guests run, or commands are under way. A client: false, it keeps nothing alive. */
  isBusy(): boolean;
  /** A host: connections on its socket. */
  clientCount(): number;
  close(): Promise<void>;
}

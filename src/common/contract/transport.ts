// What a transport must offer: messages in order, both ways, and news of its end. Electron IPC, a WebSocket and a unix socket are each adapted
// to this in their shell; nothing above knows which one it is.
import type { Disposable } from '../base/dispose.ts';

export interface Transport {
  /** Sends one message (JSON data). After `close` it does nothing. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): Disposable;
  /** Fires once, with the reason for people. */
  onClose(listener: (reason: string) => void): Disposable;
  close(): void;
}

// The contract over Electron's preload bridge. The bridge has no end of its own: the shell says that the engine went away with one message of type
// 'closed', after which a new transport over the same bridge is a new connection.
import { DisposableStore, toDisposable } from '../../common/base/dispose.ts';
import { Emitter } from '../../common/base/emitter.ts';
import type { Transport } from '../../common/contract/transport.ts';

export interface VivariumBridge {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
}

declare global {
  interface Window {
    readonly vivarium?: VivariumBridge;
  }
}

const isClosed = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === 'closed';

export function openBridgeTransport(bridge: VivariumBridge): Transport {
  const messages = new Emitter<unknown>();
  const closes = new Emitter<string>();
  const store = new DisposableStore();
  const close = (): void => {
    if (store.isDisposed) return;
    store.dispose();
    closes.fire('the engine went away');
  };
  store.add(toDisposable(bridge.onMessage((message) => (isClosed(message) ? close() : messages.fire(message)))));
  return {
    send: (message) => {
      if (!store.isDisposed) bridge.send(message);
    },
    onMessage: messages.event,
    onClose: closes.event,
    close,
  };
}

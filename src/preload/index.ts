// The one bridge between the window and the main process: messages of the contract, and nothing else. No names of procedures here, so nothing to keep in
// step; what may be called is decided by the contract's server.
import { contextBridge, ipcRenderer } from 'electron';

const CHANNEL = 'vivarium:message';

contextBridge.exposeInMainWorld('vivarium', {
  send: (message: unknown): void => ipcRenderer.send(CHANNEL, message),
  onMessage: (listener: (message: unknown) => void): (() => void) => {
    const receive = (_event: unknown, message: unknown): void => listener(message);
    ipcRenderer.on(CHANNEL, receive);
    return () => ipcRenderer.off(CHANNEL, receive);
  },
});

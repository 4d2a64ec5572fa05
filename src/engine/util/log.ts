// The engine's own log, one JSON object a line (pino), in the state folder. Where that can't be written the engine runs without one.
import { pino } from 'pino';

export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export function createLog(path: string): Log {
  try {
    return pino({ base: { pid: process.pid } }, pino.destination({ dest: path, sync: true, mkdir: true, mode: 0o600 }));
  } catch {
    return silentLog; // a read-only home: guests matter more than notes about them
  }
}

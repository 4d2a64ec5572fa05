// What a client hears, checked by hand: a command line call must not pay for building schemas. What an answer or an event holds is checked by the
// client's parsers, where it has some.
import { type ErrorEnvelope, isErrorCode } from '../errors.ts';
import type { ServerMessage } from './messages.ts';

type Loose = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;

/** The error that `raw` says, or undefined where it is none. */
export function readErrorEnvelope(raw: unknown): ErrorEnvelope | undefined {
  if (!isObject(raw)) return undefined;
  const { code, message, detail } = raw;
  if (!isErrorCode(code) || typeof message !== 'string') return undefined;
  if (detail === undefined) return { code, message };
  return typeof detail === 'string' ? { code, message, detail } : undefined;
}

/** The message that `raw` is, or undefined where it is none of the protocol. */
export function readServerMessage(raw: unknown): ServerMessage | undefined {
  if (!isObject(raw)) return undefined;
  const { type, id } = raw;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return undefined;
  switch (type) {
    case 'answer':
      return { type, id, output: raw.output };
    case 'subscribed':
      return { type, id };
    case 'event':
      return { type, id, data: raw.data };
    case 'error': {
      const error = readErrorEnvelope(raw.error);
      return error && { type, id, error };
    }
    default:
      return undefined;
  }
}

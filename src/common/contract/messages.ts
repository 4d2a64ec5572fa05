// The messages of the channel: call, cancel, subscribe, unsubscribe one way; answer, error, event the other. VS Code's base/parts/ipc is the model.
import { z } from 'zod';
import type { ErrorEnvelope } from '../errors.ts';

const id = z.number().int().nonnegative();

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id, procedure: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('cancel'), id }),
  /** `after`: for `domain` only, the number of the last event that was heard. */
  z.object({ type: z.literal('subscribe'), id, event: z.string(), after: z.number().int().nonnegative().optional() }),
  z.object({ type: z.literal('unsubscribe'), id }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

/** What the engine says. Its clients read it by hand (read-message.ts), so that a command line call need not load zod. */
export type ServerMessage =
  | { readonly type: 'answer'; readonly id: number; readonly output: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorEnvelope }
  | { readonly type: 'subscribed'; readonly id: number }
  | { readonly type: 'event'; readonly id: number; readonly data: unknown };

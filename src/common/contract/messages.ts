// The messages of the channel: call, cancel, subscribe, unsubscribe one way; answer, error, event the other. VS Code's base/parts/ipc is the model.
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';

const id = z.number().int().nonnegative();

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('call'), id, procedure: z.string(), input: z.unknown() }),
  z.object({ type: z.literal('cancel'), id }),
  z.object({ type: z.literal('subscribe'), id, event: z.string() }),
  z.object({ type: z.literal('unsubscribe'), id }),
]);
export type ClientMessage = z.infer<typeof clientMessageSchema>;

const codes = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];
export const errorEnvelopeSchema = z.object({
  code: z.enum(codes),
  message: z.string(),
  detail: z.string().optional(),
});

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), id, output: z.unknown() }),
  z.object({ type: z.literal('error'), id, error: errorEnvelopeSchema }),
  z.object({ type: z.literal('subscribed'), id }),
  z.object({ type: z.literal('event'), id, data: z.unknown() }),
]);
export type ServerMessage = z.infer<typeof serverMessageSchema>;

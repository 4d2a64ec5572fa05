// The first line on the engine's unix socket says what the connection is for; after it comes the contract, a message a line, or a console's raw bytes.
import { z } from 'zod';

export const helloSchema = z.discriminatedUnion('for', [
  z.object({ vivarium: z.literal(1), for: z.literal('contract') }),
  z.object({ vivarium: z.literal(1), for: z.literal('console'), ticket: z.string().max(256) }),
]);
export type Hello = z.infer<typeof helloSchema>;
export const MAX_HELLO_BYTES = 1024;

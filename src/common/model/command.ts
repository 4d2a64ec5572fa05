// A command in the engine's queue, as clients see it: who asked for what, how far it is, how it ended.
import { z } from 'zod';

export const COMMAND_STATES = ['queued', 'running', 'done', 'failed', 'cancelled'] as const;
export type CommandState = (typeof COMMAND_STATES)[number];

export const commandRecordSchema = z.object({
  id: z.number().int(),
  /** The procedure's name, such as `domain.start`. */
  procedure: z.string(),
  /** For people: 'Start demo'. */
  label: z.string(),
  domain: z.object({ uuid: z.string().optional(), name: z.string() }).optional(),
  state: z.enum(COMMAND_STATES),
  /** fraction is 0–1 where it is known. */
  progress: z.object({ text: z.string(), fraction: z.number().optional() }).optional(),
  canCancel: z.boolean(),
  queuedAt: z.number(),
  startedAt: z.number().optional(),
  endedAt: z.number().optional(),
  error: z.object({ code: z.string(), message: z.string(), detail: z.string().optional() }).optional(),
});
export type CommandRecord = z.infer<typeof commandRecordSchema>;

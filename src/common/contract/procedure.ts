// What a procedure is: a name, what goes in, what comes out, and whether it is a look-up or goes through the command queue. tRPC's idea without
// its machinery: one const table is the contract, and both ends take their types from it.
import type { z } from 'zod';

/** query: answers at once, never waits. command: changes something, goes through the queue, is seen and can be cancelled there. */
export type ProcedureKind = 'query' | 'command';

export interface Procedure<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  readonly kind: ProcedureKind;
  /** A query that acts all the same, at once and beside the queue: it must not be asked a second time where its answer was lost. */
  readonly acts?: true;
  readonly input: I;
  readonly output: O;
}

export const query = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Procedure<I, O> => ({
  kind: 'query',
  input,
  output,
});
export const act = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Procedure<I, O> => ({
  kind: 'query',
  acts: true,
  input,
  output,
});
export const command = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O): Procedure<I, O> => ({
  kind: 'command',
  input,
  output,
});

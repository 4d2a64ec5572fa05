// What is asked of the guest agent.
import type { DriverContext } from './context.ts';
import type { Verbs } from './on-domain.ts';

export const createAgentVerbs = (_context: DriverContext): Verbs => ({});

// What is asked of the guest agent, and told it.
import { createAgentChanges } from './agent/agent-changes.ts';
import { createAgentQueries } from './agent/agent-queries.ts';
import type { DriverContext } from './context.ts';
import type { Verbs } from './on-domain.ts';

export const createAgentVerbs = (context: DriverContext): Verbs => ({
  ...createAgentQueries(context),
  ...createAgentChanges(context),
});

// What is asked of the guest agent, and told it.

import type { DriverContext } from '../context.ts';
import type { Verbs } from '../jobs/on-domain.ts';
import { createAgentChanges } from './agent-changes.ts';
import { createAgentQueries } from './agent-queries.ts';

export const createAgentVerbs = (context: DriverContext): Verbs => ({
  ...createAgentQueries(context),
  ...createAgentChanges(context),
});

// Which procedures change something; --readonly lets none of them out. It loads the contract's table for what is a change, which costs a call some milliseconds.
import { type ProcedureName, procedures } from '../common/contract/procedures.ts';
import { virError } from '../common/errors.ts';

/** Look-ups by kind that change something all the same. */
const CHANGING: readonly string[] = [
  'engine.stop',
  'command.cancel',
  'domain.jobAbort',
  'domain.setSavedXml',
  'console.open',
];

export const changesNothing = (procedure: ProcedureName): boolean =>
  procedures[procedure].kind === 'query' && !CHANGING.includes(procedure);

/** Throws OPERATION_DENIED. */
export function refuseCommands(procedure: ProcedureName): void {
  if (!changesNothing(procedure))
    throw virError('OPERATION_DENIED', `operation forbidden: read only access prevents ${procedure}`);
}

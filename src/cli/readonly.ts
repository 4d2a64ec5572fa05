// --readonly: nothing that changes a domain or the engine goes out. It loads the contract's table for what is a change, which costs a call some milliseconds.
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

/** Throws OPERATION_DENIED. */
export function refuseCommands(procedure: ProcedureName): void {
  if (procedures[procedure].kind === 'command' || CHANGING.includes(procedure))
    throw virError('OPERATION_DENIED', `operation forbidden: read only access prevents ${procedure}`);
}

// Answers and events checked by the contract's schemas: for clients that show what came from elsewhere, such as a window.
import type { ContractParsers } from './client.ts';
import { events, procedures } from './procedures.ts';

export const contractParsers: ContractParsers = {
  parseOutput: (procedure, output) => procedures[procedure].output.parse(output),
  parseEvent: (event, data) => events[event].parse(data),
};

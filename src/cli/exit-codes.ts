// Kinds of failure that a script may want to tell apart; everything else is 1, as virsh's.
import type { ErrorCode } from '../common/errors.ts';

export const EXIT_CODES: Partial<Record<ErrorCode, number>> = {
  NO_DOMAIN: 3,
  OPERATION_INVALID: 4,
  OPERATION_TIMEOUT: 5,
  OPERATION_ABORTED: 6,
  NO_CONNECT: 7,
};

// Commands that change the devices of a domain.
import type { DriverContext } from './context.ts';
import type { Verbs } from './on-domain.ts';

export const createDeviceVerbs = (_context: DriverContext): Verbs => ({});

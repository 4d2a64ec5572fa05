// Where the threads of a domain may run, and its I/O threads.
import { z } from 'zod';
import { command, query } from './procedure.ts';
import { affect, domain, domainRef } from './shapes.ts';

const cpus = z.array(z.number().int().nonnegative().max(65_535)).max(4096);
const target = domain.extend(affect.shape);
const iothreadId = z.number().int().positive().max(1_000_000);
const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).optional();
const poolBound = z.number().int().min(-2_147_483_648).max(2_147_483_647).optional();
const pins = z.array(z.object({ id: z.number().int(), cpus }));

export const tuningProcedures = {
  /** CPUs of the host that each thread may run on: of the running domain as the kernel has it, else as the definition says (all where it says nothing). */
  'domain.pins': query(
    domain.extend({ inactive: z.boolean().optional() }),
    z.object({ vcpus: pins, emulator: cpus, iothreads: pins }),
  ),
  /** `id`: number of the virtual CPU, or of the I/O thread. */
  'domain.setPin': command(
    target.extend({
      thread: z.enum(['vcpu', 'emulator', 'iothread']),
      id: z.number().int().optional(),
      cpus: cpus.min(1),
    }),
    domainRef,
  ),
  'domain.addIothread': command(target.extend({ id: iothreadId }), domainRef),
  /** How long a thread polls (`pollMaxNs`, 0: not at all), how that grows and shrinks, and how many workers it has. A bound of -1 is none, in the definition only. */
  'domain.setIothread': command(
    target.extend({
      id: iothreadId,
      pollMaxNs: count,
      pollGrow: count,
      pollShrink: count,
      threadPoolMin: poolBound,
      threadPoolMax: poolBound,
    }),
    domainRef,
  ),
  'domain.removeIothread': command(target.extend({ id: iothreadId }), domainRef),
} as const;

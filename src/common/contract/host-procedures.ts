// What this host and its emulator offer, in libvirt's XML (docs/formatcaps.html, docs/formatdomaincaps.html).
import { z } from 'zod';
import { query } from './procedure.ts';
import { nothing } from './shapes.ts';

const xml = z.object({ xml: z.string() });

export const hostProcedures = {
  /** <capabilities>: the host's CPU and memory, and what guests it runs. */
  'host.capabilities': query(nothing, xml),
  /** <domainCapabilities> of a kind of guest; what is left out is this host's usual. Throws INVALID_ARG for a machine that the emulator has not. */
  'host.domainCapabilities': query(
    z.object({
      virtType: z.enum(['kvm', 'qemu']).optional(),
      emulator: z.string().max(4096).optional(),
      arch: z.string().max(32).optional(),
      machine: z.string().max(255).optional(),
    }),
    xml,
  ),
  /** <sysinfo>: what the host's firmware says of it, as far as this user may read it. Throws CONFIG_UNSUPPORTED where there is nothing. */
  'host.sysinfo': query(nothing, xml),
  /** The models that the emulator has for <cpu mode='custom'>; `blockers` are features that this host lacks for one. Throws INVALID_ARG for another architecture. */
  'host.cpuModels': query(
    z.object({ arch: z.string().max(32) }),
    z.object({
      models: z.array(
        z.object({
          name: z.string(),
          isUsable: z.boolean(),
          blockers: z.array(z.string()),
          isDeprecated: z.boolean(),
        }),
      ),
    }),
  ),
} as const;

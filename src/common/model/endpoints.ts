// Where the devices of a domain meet the host, and what they have used of it: what virsh's domblklist, domiflist, domdisplay, ttyconsole and domstats tell.
import { z } from 'zod';
import { DOMAIN_REASONS, DOMAIN_STATES } from './domain.ts';

export const domainEndpointsSchema = z.object({
  blocks: z.array(
    z.object({ type: z.string(), device: z.string(), target: z.string(), source: z.string().optional() }),
  ),
  interfaces: z.array(
    z.object({
      /** The host's device, where there is one. */
      name: z.string().optional(),
      type: z.string(),
      source: z.string().optional(),
      model: z.string().optional(),
      mac: z.string().optional(),
    }),
  ),
  /** Screens, as addresses for a viewer: 'vnc+unix:///…', 'vnc://127.0.0.1:0'. None while inactive. */
  displays: z.array(z.object({ type: z.string(), uri: z.string() })),
  /** Sockets and devices of the serial consoles. None while inactive. */
  consoles: z.array(z.string()),
});
export type DomainEndpoints = z.infer<typeof domainEndpointsSchema>;

export const domainStatsSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  state: z.enum(DOMAIN_STATES),
  reason: z.enum(DOMAIN_REASONS),
  memoryKiB: z.number(),
  maxMemoryKiB: z.number(),
  vcpus: z.number().int(),
  maxVcpus: z.number().int(),
  /** Of the QEMU process, while it runs. */
  live: z
    .object({
      cpuTimeNs: z.number(),
      userTimeNs: z.number(),
      systemTimeNs: z.number(),
      residentKiB: z.number(),
      /** Time on a CPU of each virtual CPU, in order. */
      vcpuTimesNs: z.array(z.number()),
    })
    .optional(),
});
export type DomainStats = z.infer<typeof domainStatsSchema>;

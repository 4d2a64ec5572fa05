// The pieces that many procedures take or answer with.
import { z } from 'zod';

export const nothing = z.object({});
/** A domain by name, UUID or running id, looked up in virsh's order: id, UUID, name. */
export const domain = z.object({ domain: z.string() });
export const domainRef = z.object({ uuid: z.string(), name: z.string() });
const MAX_XML = 4 * 1024 * 1024;
export const xml = z.string().max(MAX_XML);
export const path = z.string().min(1).max(4096);

/**
 * What a change is for: the running domain, its stored definition, or both. With neither it is for the running domain where there is one, else for the
 * definition (VIR_DOMAIN_AFFECT_CURRENT).
 */
export const affect = z.object({ live: z.boolean().optional(), config: z.boolean().optional() });
export type Affect = z.infer<typeof affect>;

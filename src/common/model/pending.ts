// What of a running domain differs from its stored definition: what the next start will change. Data, so that a window, a script and a test read the same.
import { z } from 'zod';

export const PENDING_KINDS = ['added', 'removed', 'changed'] as const;

export const pendingChangeSchema = z.object({
  /** The path in the definition, such as 'memory', 'vcpu', 'devices.disk[vdb]'. */
  field: z.string(),
  /** added: only the stored definition has it, so the next start brings it; removed: only the running domain has it. */
  kind: z.enum(PENDING_KINDS),
  /** The device for people: 'vdb', '52:54:00:…'. Only for devices that have a name of their own. */
  label: z.string().optional(),
  /** The device's element: 'disk', 'interface'. Only for devices. */
  device: z.string().optional(),
  /** As XML, or the value where it is one. */
  live: z.string().optional(),
  stored: z.string().optional(),
});
export type PendingChange = z.infer<typeof pendingChangeSchema>;

// Changing the devices of a domain, live and stored.
import { z } from 'zod';
import { pendingChangeSchema } from '../model/pending.ts';
import { command, query } from './procedure.ts';
import { affect, domain, domainRef, path, xml } from './shapes.ts';

const target = domain.extend(affect.shape);
/** done: the guest let go of it. asked: it was asked, and has not yet; an event ('device-removed') tells when. Of the definition alone: done. */
const removal = domainRef.extend({ state: z.enum(['done', 'asked']) });
/** How long to wait for the guest to let go; 5 s where it is not said, as in libvirt. 0: ask only. */
const timeoutMs = z.number().int().nonnegative().max(600_000).optional();
const alias = z.string().min(1).max(255);

export const deviceProcedures = {
  /** `xml` is one device's element. `alias` is what the running domain knows it by. */
  'domain.attachDevice': command(target.extend({ xml }), domainRef.extend({ alias: z.string().optional() })),
  /** The device that `xml` names: a disk by its target, an interface by its MAC address, others by all that is said of them. */
  'domain.detachDevice': command(target.extend({ xml, timeoutMs }), removal),
  'domain.detachDeviceAlias': command(target.extend({ alias, timeoutMs }), removal),
  /** The device as it shall be. `force` opens a tray that the guest has locked. */
  'domain.updateDevice': command(target.extend({ xml, force: z.boolean().optional() }), domainRef),
  /** What is in a CD-ROM or floppy drive, by the drive's target name; without `source` it is ejected. */
  'domain.changeMedia': command(
    target.extend({ target: z.string().min(1).max(64), source: path.optional(), force: z.boolean().optional() }),
    domainRef,
  ),
  /** Whether the cable is plugged in. `interface` is a MAC address, an alias, or the name of the host's end. */
  'domain.setLink': command(target.extend({ interface: z.string().min(1).max(255), up: z.boolean() }), domainRef),
  /** What the next start changes. Empty where the domain does not run. */
  'domain.pendingChanges': query(domain, z.object({ changes: z.array(pendingChangeSchema) })),
} as const;

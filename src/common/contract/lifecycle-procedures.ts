// A domain's life: define, start, stop, save, restore, and what a person says of it. Memory is KiB, times ms.
import { z } from 'zod';
import { LIFECYCLE_EVENTS } from '../model/domain.ts';
import { jobInfoSchema } from '../model/job.ts';
import { act, command, query } from './procedure.ts';
import { affect, domain, domainRef, nothing, path, xml } from './shapes.ts';

const definition = z.object({ xml, file: z.string().optional() });
const withWarnings = domainRef.extend({ warnings: z.array(z.string()) });
/** How a restored guest begins; neither: as it was when it was saved. */
const beginning = z.object({ paused: z.boolean().optional(), running: z.boolean().optional() });
const SHUTDOWN_MODES = ['acpi', 'agent'] as const;
/** No mode: the agent where it answers, else ACPI (libvirt's default). */
const shutdownMode = z.enum(SHUTDOWN_MODES).optional();

export const lifecycleProcedures = {
  'domain.define': command(definition, withWarnings),
  'domain.create': command(
    definition.extend({ paused: z.boolean().optional(), resetNvram: z.boolean().optional() }),
    domainRef.extend({ warnings: z.array(z.string()).optional() }),
  ),
  /** Restores the managed save where there is one; `forceBoot` discards it. */
  'domain.start': command(
    domain.extend({
      paused: z.boolean().optional(),
      accelerator: z.enum(['tcg']).optional(),
      forceBoot: z.boolean().optional(),
      resetNvram: z.boolean().optional(),
    }),
    domainRef.extend({ restored: z.boolean().optional() }),
  ),
  /**
   * Asks the guest to power off. Without `timeoutMs` the answer says that it was asked; with it, that the guest is off: where it is not in time,
   * `onTimeout` says what then (leave: OPERATION_TIMEOUT).
   */
  'domain.shutdown': command(
    domain.extend({
      mode: shutdownMode,
      timeoutMs: z.number().int().positive().max(86_400_000).optional(),
      onTimeout: z.enum(['leave', 'destroy']).optional(),
    }),
    domainRef.extend({ forced: z.boolean().optional() }),
  ),
  'domain.reboot': command(domain.extend({ mode: shutdownMode }), domainRef),
  'domain.reset': command(domain, domainRef),
  'domain.destroy': command(domain.extend({ graceful: z.boolean().optional() }), domainRef),
  'domain.suspend': command(domain, domainRef),
  'domain.resume': command(domain, domainRef),
  'domain.undefine': command(
    domain.extend({
      nvram: z.boolean().optional(),
      keepNvram: z.boolean().optional(),
      /** Of the state of an emulated TPM: it goes, unless it is to be kept or the definition says persistent_state. */
      tpm: z.boolean().optional(),
      keepTpm: z.boolean().optional(),
      managedSave: z.boolean().optional(),
      removeDisks: z.array(path).optional(),
    }),
    domainRef.extend({ removed: z.array(z.string()) }),
  ),
  'domain.setAutostart': command(domain.extend({ autostart: z.boolean(), once: z.boolean().optional() }), domainRef),
  'domain.rename': command(domain.extend({ newName: z.string().min(1).max(255) }), domainRef),
  /** An empty text removes the element. */
  'domain.setDescription': command(
    domain
      .extend({ title: z.string().max(4096).optional(), description: z.string().max(65_536).optional() })
      .extend(affect.shape),
    domainRef,
  ),
  'domain.metadata': query(
    domain.extend({ uri: z.string().min(1).max(4096), config: z.boolean().optional() }),
    z.object({ xml: z.string() }),
  ),
  /** Sets the element of namespace `uri` with the prefix `key`; without `xml` it is removed. */
  'domain.setMetadata': command(
    domain
      .extend({ uri: z.string().min(1).max(4096), key: z.string().max(255).optional(), xml: xml.optional() })
      .extend(affect.shape),
    domainRef,
  ),
  'domain.setLifecycleAction': command(
    domain.extend({ type: z.enum(LIFECYCLE_EVENTS), action: z.string().max(32) }).extend(affect.shape),
    domainRef,
  ),
  'domain.injectNmi': command(domain, domainRef),
  'domain.pmSuspend': command(domain.extend({ target: z.enum(['mem', 'disk', 'hybrid']) }), domainRef),
  'domain.pmWakeup': command(domain, domainRef),
  'domain.sendKey': command(
    domain.extend({
      keys: z.array(z.string().max(32)).min(1).max(16),
      holdTimeMs: z.number().int().positive().max(10_000).optional(),
    }),
    domainRef,
  ),
  'domain.screenshot': command(domain, z.object({ mediaType: z.literal('image/png'), base64: z.string() })),

  /** Saves the guest's memory to `path` and ends it. `xml` replaces the definition that goes with it. */
  'domain.save': command(domain.extend({ path, xml: xml.optional() }).extend(beginning.shape), domainRef),
  /** Starts the domain of a saved file. The file stays. */
  'domain.restore': command(
    z.object({ path, xml: xml.optional(), resetNvram: z.boolean().optional() }).extend(beginning.shape),
    domainRef.extend({ warnings: z.array(z.string()) }),
  ),
  /** Saves to the engine's own folder; the next start restores it. */
  'domain.managedSave': command(domain.extend(beginning.shape), domainRef),
  'domain.managedSaveRemove': command(domain, domainRef.extend({ removed: z.boolean() })),
  /** The definition inside a saved file, or inside the domain's managed save. */
  'domain.savedXml': query(
    z.object({ path: path.optional(), domain: z.string().optional() }),
    z.object({ xml: z.string() }),
  ),
  'domain.setSavedXml': command(
    z.object({ path: path.optional(), domain: z.string().optional(), xml: xml.optional() }).extend(beginning.shape),
    nothing,
  ),
  /** The guest's memory as an ELF core (or kdump) at `path`, for crash(8) and gdb. */
  'domain.dump': command(
    domain.extend({
      path,
      format: z.enum(['elf', 'kdump-zlib', 'kdump-lzo', 'kdump-snappy', 'win-dmp']).optional(),
      /** The guest runs on while it is dumped. */
      live: z.boolean().optional(),
      /** Ends the domain afterwards. */
      crash: z.boolean().optional(),
      reset: z.boolean().optional(),
    }),
    domainRef,
  ),

  'domain.setVcpus': command(
    domain
      .extend({
        count: z.number().int().positive().max(4096),
        /** The most that there may be, in the definition only. */
        maximum: z.boolean().optional(),
        /** Those that come in the definition can go again while it runs; those that come while it runs always can. */
        hotpluggable: z.boolean().optional(),
        /** By the agent: processors are taken from use, not unplugged. */
        guest: z.boolean().optional(),
      })
      .extend(affect.shape),
    domainRef,
  ),
  /** Single processors by their numbers: plugged in or out where it runs (one place at a time), listed in the definition. */
  'domain.setVcpu': command(
    domain
      .extend({ vcpus: z.array(z.number().int().nonnegative().max(4095)).min(1).max(4096), enabled: z.boolean() })
      .extend(affect.shape),
    domainRef,
  ),
  /** How often the guest's balloon driver is asked for its figures by itself; 0: only when somebody looks. */
  'domain.setMemoryStatsPeriod': command(
    domain.extend({ seconds: z.number().int().nonnegative().max(2_147_483_647) }).extend(affect.shape),
    domainRef,
  ),
  /** Through the balloon where it runs. */
  'domain.setMemory': command(domain.extend({ kib: z.number().int().positive() }).extend(affect.shape), domainRef),
  /**
   * Processors and memory in one step: what is in use (live, config) and the most that there may be (of the definition). The stored topology follows the most
   * processors, which `setVcpus` refuses as libvirt does.
   */
  'domain.setResources': command(
    domain
      .extend({
        vcpus: z.number().int().positive().max(4096).optional(),
        maxVcpus: z.number().int().positive().max(4096).optional(),
        memoryKiB: z.number().int().positive().optional(),
        maxMemoryKiB: z.number().int().positive().optional(),
      })
      .extend(affect.shape),
    domainRef,
  ),
  'domain.setMaxMemory': command(domain.extend({ kib: z.number().int().positive() }).extend(affect.shape), domainRef),

  /** The job under way, or the last one that ended. Without one `job` is absent. */
  'domain.jobInfo': query(
    domain.extend({ completed: z.boolean().optional() }),
    z.object({ job: jobInfoSchema.optional() }),
  ),
  /** Asks the job under way to stop; the guest goes on as before it. */
  'domain.jobAbort': act(domain, z.object({ aborted: z.boolean() })),

  /** One QMP (or, as text, HMP) command, unread. It taints the run: what it changes the engine does not know. */
  'domain.monitorCommand': command(
    domain.extend({
      command: z
        .string()
        .min(1)
        .max(1024 * 1024),
      hmp: z.boolean().optional(),
    }),
    z.object({ reply: z.unknown() }),
  ),
} as const;

// What the world sees of a domain: the state and the figures that lists and pages show. The full definition stays XML on the wire; who wants
// its parts asks for `domain.get`, which hands out the hardware as rows. Names and states are libvirt's (include/libvirt/libvirt-domain.h).
import { z } from 'zod';
import { AGENT_STATES } from './agent.ts';
import { blockJobSummarySchema } from './block-job.ts';

export const DOMAIN_STATES = ['running', 'paused', 'shutdown', 'shutoff', 'crashed', 'pmsuspended'] as const;
export type DomainState = (typeof DOMAIN_STATES)[number];

/** Why the domain is in its state: libvirt's virDomain*Reason, as words. */
export const DOMAIN_REASONS = [
  'unknown',
  'booted',
  'unpaused',
  'wakeup',
  'restored',
  'crashed',
  'user',
  'ioerror',
  'watchdog',
  'starting up',
  'shutting down',
  'shutdown',
  'destroyed',
  'failed',
  'panicked',
  'daemon',
  'guest',
  'saving',
  'dumping',
  'saved',
  'save canceled',
  'migrated',
  'from snapshot',
  'creating snapshot',
] as const;
export type DomainReason = (typeof DOMAIN_REASONS)[number];

/** How a guest's CPU is run. */
export const ACCELERATORS = ['kvm', 'tcg'] as const;
export type Accelerator = (typeof ACCELERATORS)[number];

export const problemSchema = z.object({
  code: z.string(),
  message: z.string(),
  detail: z.string().optional(),
  at: z.number(),
});
/** What last went wrong with a domain, kept until its next start; `at` is ms since the epoch. */
export type DomainProblem = z.infer<typeof problemSchema>;

export const domainSummarySchema = z.object({
  uuid: z.string(),
  name: z.string(),
  /** The number of a running domain, as virsh shows it; undefined while inactive. */
  id: z.number().int().optional(),
  title: z.string().optional(),
  state: z.enum(DOMAIN_STATES),
  reason: z.enum(DOMAIN_REASONS),
  isActive: z.boolean(),
  isPersistent: z.boolean(),
  isAutostart: z.boolean(),
  /** It is started with the next session only. */
  isAutostartOnce: z.boolean().optional(),
  /** The next start restores the guest as it was saved. */
  hasManagedSave: z.boolean().optional(),
  /** The stored definition differs from the running one. */
  hasNewDefinition: z.boolean(),
  memoryKiB: z.number(),
  vcpus: z.number().int(),
  /** osinfo-db's id, from the libosinfo metadata. */
  osId: z.string().optional(),
  osName: z.string().optional(),
  startedAt: z.number().optional(),
  accelerator: z.enum(ACCELERATORS).optional(),
  /** QEMU's pid, for `doctor` and for tests that count processes. */
  pid: z.number().int().optional(),
  graphics: z.array(z.enum(['vnc'])),
  serials: z.number().int(),
  /** Whether the guest has the agent's channel open; only while it runs. */
  agent: z.enum(AGENT_STATES).optional(),
  /** Jobs on the images of its disks that are under way. */
  blockJobs: z.array(blockJobSummarySchema).optional(),
  problem: problemSchema.optional(),
});
export type DomainSummary = z.infer<typeof domainSummarySchema>;

/** A definition file that could not be read: it is shown and kept, never deleted. */
export const brokenFileSchema = z.object({ path: z.string(), name: z.string(), message: z.string() });
export type BrokenFile = z.infer<typeof brokenFileSchema>;

export const DEVICE_KINDS = [
  'disk',
  'cdrom',
  'floppy',
  'interface',
  'graphics',
  'video',
  'serial',
  'console',
  'channel',
  'input',
  'controller',
  'sound',
  'rng',
  'memballoon',
  'watchdog',
  'tpm',
  'vsock',
  'filesystem',
  'hostdev',
  'panic',
  'other',
] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** One row of a machine's hardware: what a person calls it, its facts in order, and its XML. */
export const deviceViewSchema = z.object({
  kind: z.enum(DEVICE_KINDS),
  label: z.string(),
  summary: z.string(),
  alias: z.string().optional(),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  xml: z.string(),
});
export type DeviceView = z.infer<typeof deviceViewSchema>;

export const diskFileSchema = z.object({
  target: z.string(),
  path: z.string(),
  format: z.string(),
  device: z.string(),
  isReadOnly: z.boolean(),
  /** Absent where the file is missing. Bytes. */
  capacityBytes: z.number().optional(),
  allocationBytes: z.number().optional(),
  isMissing: z.boolean(),
  /** Names of other domains that use the same file: deleting it would take their disk away. */
  usedBy: z.array(z.string()),
});
export type DiskFile = z.infer<typeof diskFileSchema>;

const resourcesSchema = z.object({
  vcpus: z.number().int(),
  maxVcpus: z.number().int(),
  memoryKiB: z.number(),
  maxMemoryKiB: z.number(),
});
/** Processors and memory: what is in use, and the most that there may be. */
export type Resources = z.infer<typeof resourcesSchema>;

export const LIFECYCLE_EVENTS = ['poweroff', 'reboot', 'crash'] as const;
export type LifecycleEvent = (typeof LIFECYCLE_EVENTS)[number];

export const domainDetailsSchema = z.object({
  summary: domainSummarySchema,
  /** The running definition where active, else the stored one. */
  xml: z.string(),
  /** The stored definition, where it is not `xml`. */
  inactiveXml: z.string().optional(),
  machine: z.string(),
  architecture: z.string(),
  firmware: z.enum(['bios', 'uefi', 'kernel']),
  cpuModel: z.string(),
  emulator: z.string(),
  resources: resourcesSchema,
  /** Those of the stored definition, where it runs and has one. */
  storedResources: resourcesSchema.optional(),
  /** What follows when the guest powers off, reboots or crashes: libvirt's on_poweroff, on_reboot, on_crash. */
  lifecycle: z.record(z.enum(LIFECYCLE_EVENTS), z.string()),
  description: z.string().optional(),
  devices: z.array(deviceViewSchema),
  logPath: z.string().optional(),
  logTail: z.string().optional(),
});
export type DomainDetails = z.infer<typeof domainDetailsSchema>;

export const statsSampleSchema = z.object({
  uuid: z.string(),
  at: z.number(),
  /** Share of all its virtual CPUs, 0–100. */
  cpuPercent: z.number(),
  /** Memory of the QEMU process that is in RAM. */
  residentKiB: z.number(),
  /** Bytes a second, of all its disks and all its host network devices; only of watched domains (`domain.statsHistory`). */
  diskReadBps: z.number().optional(),
  diskWriteBps: z.number().optional(),
  netRxBps: z.number().optional(),
  netTxBps: z.number().optional(),
});
export type StatsSample = z.infer<typeof statsSampleSchema>;

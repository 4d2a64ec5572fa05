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

/** virsh's groups of `domstats`. */
export const STATS_GROUPS = [
  'state',
  'cpuTotal',
  'balloon',
  'vcpu',
  'interface',
  'block',
  'iothread',
  'dirtyrate',
] as const;
export type StatsGroup = (typeof STATS_GROUPS)[number];

/** How writes to a guest's memory are counted: by looking at some pages twice, or by KVM. In virDomainDirtyRateCalcMode's order. */
export const DIRTY_RATE_MODES = ['page-sampling', 'dirty-bitmap', 'dirty-ring'] as const;
/** In the order of virDomainDirtyRateStatus. */
export const DIRTY_RATE_STATUSES = ['unstarted', 'measuring', 'measured'] as const;

/** Counters of one disk since its domain started, and its sizes; virsh's domblkstat and domblkinfo. Bytes, ns. */
export const blockStatsSchema = z.object({
  /** 'vda' */
  target: z.string(),
  path: z.string().optional(),
  readRequests: z.number().optional(),
  readBytes: z.number().optional(),
  readTimeNs: z.number().optional(),
  writeRequests: z.number().optional(),
  writeBytes: z.number().optional(),
  writeTimeNs: z.number().optional(),
  flushRequests: z.number().optional(),
  flushTimeNs: z.number().optional(),
  /** What the guest sees; what the image uses of the host; how long it is there. */
  capacityBytes: z.number().optional(),
  allocationBytes: z.number().optional(),
  physicalBytes: z.number().optional(),
});
export type BlockStats = z.infer<typeof blockStatsSchema>;

/** Counters of a host network device, told from the guest's side: received is what the guest received. */
export const interfaceStatsSchema = z.object({
  name: z.string(),
  rxBytes: z.number(),
  rxPackets: z.number(),
  rxErrors: z.number(),
  rxDrops: z.number(),
  txBytes: z.number(),
  txPackets: z.number(),
  txErrors: z.number(),
  txDrops: z.number(),
});
export type InterfaceStats = z.infer<typeof interfaceStatsSchema>;

/** Memory as the balloon's driver in the guest tells it; a fact that it does not tell is absent. virsh's dommemstat. */
export const memoryStatsSchema = z.object({
  /** What the balloon leaves to the guest. */
  actualKiB: z.number().optional(),
  swapInKiB: z.number().optional(),
  swapOutKiB: z.number().optional(),
  majorFaults: z.number().optional(),
  minorFaults: z.number().optional(),
  unusedKiB: z.number().optional(),
  availableKiB: z.number().optional(),
  usableKiB: z.number().optional(),
  diskCachesKiB: z.number().optional(),
  hugetlbAllocations: z.number().optional(),
  hugetlbFailures: z.number().optional(),
  /** When the guest told, in seconds since the epoch. */
  lastUpdate: z.number().optional(),
  /** Of the QEMU process. */
  residentKiB: z.number().optional(),
});
export type MemoryStats = z.infer<typeof memoryStatsSchema>;

export const cpuStatsSchema = z.object({ cpuTimeNs: z.number(), userTimeNs: z.number(), systemTimeNs: z.number() });
export type CpuStats = z.infer<typeof cpuStatsSchema>;

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
      ...cpuStatsSchema.shape,
      residentKiB: z.number(),
      /** Numbers of the virtual CPUs that there are, in the order of the lists below; 0, 1, … where absent. */
      vcpuIds: z.array(z.number().int()).optional(),
      /** The CPU of the host that each ran on last. */
      vcpuCpus: z.array(z.number().int()).optional(),
      /** Time on a CPU of each virtual CPU, in order. */
      vcpuTimesNs: z.array(z.number()),
      /** Time for which each was ready and had no CPU. */
      vcpuWaitsNs: z.array(z.number()).optional(),
    })
    .optional(),
  balloon: memoryStatsSchema.optional(),
  interfaces: z.array(interfaceStatsSchema).optional(),
  blocks: z.array(blockStatsSchema).optional(),
  iothreads: z
    .array(z.object({ id: z.number().int(), pollMaxNs: z.number(), pollGrow: z.number(), pollShrink: z.number() }))
    .optional(),
  /** The last measurement of how fast its memory is written. Only where the group is named. */
  dirtyRate: z
    .object({
      status: z.enum(DIRTY_RATE_STATUSES),
      /** Seconds of the host's clock. */
      startTime: z.number(),
      periodSeconds: z.number(),
      mode: z.enum(DIRTY_RATE_MODES),
      megabytesPerSecond: z.number().optional(),
      vcpus: z.array(z.object({ id: z.number().int(), megabytesPerSecond: z.number() })).optional(),
    })
    .optional(),
  /** QEMU did not answer in time: what only it knows is left out. */
  isIncomplete: z.boolean().optional(),
});
export type DomainStats = z.infer<typeof domainStatsSchema>;

// The QMP commands that we send and the shape of the replies that we read. Names are QEMU's own (qapi/*.json). Schemas are loose on extra keys,
// because newer QEMUs add some, and strict on what we use, because a guest that broke out of its QEMU speaks here.
import { z } from 'zod';
import { blockJobReplies } from './replies/block-jobs.ts';
import { hotplugReplies } from './replies/hotplug.ts';
import { migrationReplies } from './replies/migration.ts';
import { statsReplies } from './replies/stats.ts';

const nothing = z.unknown();

/** runstate, qapi/run-state.json. A value that a newer QEMU adds is read as 'running' would be wrong, so it is kept as text. */
export const RUN_STATES = [
  'debug',
  'finish-migrate',
  'inmigrate',
  'internal-error',
  'io-error',
  'paused',
  'postmigrate',
  'prelaunch',
  'restore-vm',
  'running',
  'save-vm',
  'shutdown',
  'suspended',
  'watchdog',
  'guest-panicked',
  'colo',
] as const;

export const replySchemas = {
  qmp_capabilities: nothing,
  'query-status': z.looseObject({ running: z.boolean(), status: z.string() }),
  'query-uuid': z.looseObject({ UUID: z.string() }),
  'query-name': z.looseObject({ name: z.string().optional() }),
  'query-version': z.looseObject({
    qemu: z.looseObject({ major: z.number(), minor: z.number(), micro: z.number() }),
    package: z.string(),
  }),
  'query-kvm': z.looseObject({ enabled: z.boolean(), present: z.boolean() }),
  'query-cpus-fast': z.array(z.looseObject({ 'cpu-index': z.number(), 'thread-id': z.number().int().positive() })),
  'query-vnc': z.looseObject({
    enabled: z.boolean(),
    host: z.string().optional(),
    service: z.string().optional(),
    family: z.string().optional(),
  }),
  cont: nothing,
  stop: nothing,
  quit: nothing,
  system_powerdown: nothing,
  system_reset: nothing,
  system_wakeup: nothing,
  'set-action': nothing,
  'send-key': nothing,
  screendump: nothing,
  ...blockJobReplies,
  ...hotplugReplies,
  ...migrationReplies,
  ...statsReplies,
} as const;

export type MonitorCommand = keyof typeof replySchemas;
export type MonitorReply<C extends MonitorCommand> = z.output<(typeof replySchemas)[C]>;

export const monitorEventSchema = z.looseObject({
  event: z.string(),
  data: z.record(z.string(), z.unknown()).optional(),
  timestamp: z.looseObject({ seconds: z.number(), microseconds: z.number() }).optional(),
});
export interface MonitorEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

// The contract: every procedure that a window, a browser or the command line can call, and every event that they can hear. Nothing else crosses.
// Memory is KiB, storage bytes, times ms since the epoch, as the names say.
import { z } from 'zod';
import { commandRecordSchema } from '../model/command.ts';
import {
  brokenFileSchema,
  diskFileSchema,
  domainDetailsSchema,
  domainSummarySchema,
  statsSampleSchema,
} from '../model/domain.ts';
import { domainEndpointsSchema } from '../model/endpoints.ts';
import { domainEventSchema, monitorEventSchema } from '../model/event.ts';
import { doctorCheckSchema, engineInfoSchema, hostInfoSchema } from '../model/host.ts';
import {
  fileEntrySchema,
  machineDefaultsSchema,
  machineSourceSchema,
  machineSpecSchema,
  mediaInfoSchema,
  osEntrySchema,
} from '../model/machine.ts';
import { agentProcedures } from './agent-procedures.ts';
import { blockProcedures } from './block-procedures.ts';
import { deviceProcedures } from './device-procedures.ts';
import { hostProcedures } from './host-procedures.ts';
import { lifecycleProcedures } from './lifecycle-procedures.ts';
import { act, command, type Procedure, query } from './procedure.ts';
import { domain, domainRef, nothing, path, xml } from './shapes.ts';
import { statsProcedures } from './stats-procedures.ts';
import { tuningProcedures } from './tuning-procedures.ts';

export const procedures = {
  'engine.info': query(nothing, engineInfoSchema),
  /** Whether the engine is alive: answers at once. */
  'engine.ping': query(nothing, nothing),
  /** Ends the engine; guests go on running and are adopted by the next one. */
  'engine.stop': act(nothing, nothing),
  'host.info': query(nothing, hostInfoSchema),
  'host.doctor': query(nothing, z.object({ checks: z.array(doctorCheckSchema) })),

  'domain.list': query(
    nothing,
    z.object({ sequence: z.number(), domains: z.array(domainSummarySchema), broken: z.array(brokenFileSchema) }),
  ),
  'domain.lookup': query(domain, domainSummarySchema),
  'domain.get': query(domain, domainDetailsSchema),
  'domain.dumpxml': query(domain.extend({ inactive: z.boolean().optional() }), z.object({ xml: z.string() })),
  'domain.endpoints': query(domain.extend({ inactive: z.boolean().optional() }), domainEndpointsSchema),
  'domain.disks': query(domain, z.object({ disks: z.array(diskFileSchema) })),
  'domain.vncdisplay': query(domain, z.object({ display: z.string() })),
  'domain.toNative': query(
    z.object({ xml, file: z.string().optional() }),
    z.object({ argv: z.array(z.string()), xml: z.string() }),
  ),

  ...hostProcedures,
  ...lifecycleProcedures,
  ...deviceProcedures,
  ...blockProcedures,
  ...tuningProcedures,
  ...agentProcedures,
  ...statsProcedures,

  /** A ticket for one console stream: good once, for a minute, for this domain only. */
  'console.open': query(
    domain.extend({ console: z.enum(['vnc', 'serial']), index: z.number().int().nonnegative().optional() }),
    z.object({ ticket: z.string() }),
  ),

  'command.list': query(nothing, z.object({ commands: z.array(commandRecordSchema) })),
  'command.cancel': act(z.object({ id: z.number().int() }), z.object({ cancelled: z.boolean() })),

  'os.list': query(nothing, z.object({ systems: z.array(osEntrySchema) })),
  'media.inspect': query(z.object({ path }), mediaInfoSchema),
  'files.list': query(
    z.object({ path: z.string().max(4096).optional(), showHidden: z.boolean().optional() }),
    z.object({
      path: z.string(),
      parent: z.string().optional(),
      entries: z.array(fileEntrySchema),
      places: z.array(z.object({ label: z.string(), path: z.string() })),
    }),
  ),
  'machine.defaults': query(
    z.object({ source: machineSourceSchema, osId: z.string().optional() }),
    machineDefaultsSchema,
  ),
  'machine.create': command(machineSpecSchema, domainRef.extend({ started: z.boolean() })),
} as const;

export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;
export type Input<N extends ProcedureName> = z.input<Procedures[N]['input']>;
export type ParsedInput<N extends ProcedureName> = z.output<Procedures[N]['input']>;
export type Output<N extends ProcedureName> = z.output<Procedures[N]['output']>;

/** Events: what a subscription of this name hands out. `stats` makes the engine measure only while somebody listens. */
export const events = {
  /** QEMU's own events, unread. */
  monitor: monitorEventSchema,
  domain: domainEventSchema,
  command: commandRecordSchema,
  stats: z.object({ samples: z.array(statsSampleSchema) }),
} as const;
export type EventName = keyof typeof events;
export type EventData<N extends EventName> = z.output<(typeof events)[N]>;

export const isProcedureName = (name: string): name is ProcedureName => Object.hasOwn(procedures, name);
/** Changes nothing, so that it may be asked again where its answer was lost. */
export const isLookup = (name: ProcedureName): boolean => {
  const { kind, acts }: Procedure = procedures[name];
  return kind === 'query' && acts !== true;
};
export const isEventName = (name: string): name is EventName => Object.hasOwn(events, name);

// The guest agent (qemu-ga). Its answers are the guest's: hostile until parsed. Look-ups wait for the guest, up to their deadline, and for nothing
// else; what changes something in the guest goes through the queue, in lanes apart from the domain's own.
import { z } from 'zod';
import {
  ADDRESS_SOURCES,
  guestExecSchema,
  guestFilesystemSchema,
  guestInterfaceSchema,
  guestOsInfoSchema,
  guestTrimSchema,
  guestUserSchema,
} from '../model/agent.ts';
import { command, query } from './procedure.ts';
import { domain, nothing } from './shapes.ts';

/** `timeoutMs`: for the guest's answer; each command has a default of its own (10 to 30 s). */
const onAgent = domain.extend({ timeoutMs: z.number().int().positive().max(86_400_000).optional() });
/** The agent counts ns in 64 bits. */
const MAX_TIME_MS = 9_223_372_036_854;
const count = z.object({ count: z.number().int() });
const interfaces = z.object({ interfaces: z.array(guestInterfaceSchema) });
const user = z.string().min(1).max(256);
/** No line breaks: each is one line of authorized_keys. */
const publicKey = z
  .string()
  .min(1)
  .max(16_384)
  .regex(/^[^\r\n\0]+$/);
/** argv and environment can't hold a NUL; what they may hold in all, the guest's system says. */
const argument = z
  .string()
  .max(128 * 1024)
  .regex(/^[^\0]*$/);

export const agentProcedures = {
  'agent.ping': query(onAgent, nothing),
  /** Commands that it knows, apart those that the guest's administrator switched off. */
  'agent.info': query(
    onAgent,
    z.object({ version: z.string(), supported: z.array(z.string()), disabled: z.array(z.string()) }),
  ),
  'agent.interfaces': query(onAgent, interfaces),
  'agent.users': query(onAgent, z.object({ users: z.array(guestUserSchema) })),
  'agent.filesystems': query(onAgent, z.object({ filesystems: z.array(guestFilesystemSchema) })),
  'agent.osInfo': query(onAgent, guestOsInfoSchema),
  'agent.hostname': query(onAgent, z.object({ hostname: z.string() })),
  'agent.timezone': query(onAgent, z.object({ zone: z.string().optional(), offsetSeconds: z.number().int() })),
  /** ms since the epoch, UTC. */
  'agent.time': query(onAgent, z.object({ timeMs: z.number() })),
  'agent.fsFreezeStatus': query(onAgent, z.object({ status: z.enum(['thawed', 'frozen']) })),
  /** Processors as the guest's system counts them. */
  'agent.vcpus': query(
    onAgent,
    z.object({
      vcpus: z.array(z.object({ id: z.number().int(), online: z.boolean(), canOffline: z.boolean() })),
    }),
  ),
  'agent.sshKeys': query(onAgent.extend({ user }), z.object({ keys: z.array(z.string()) })),

  /** One command as JSON text; the reply as it came, an error of the agent as an error. What it changes the engine does not know. */
  'agent.command': command(
    onAgent.extend({
      command: z
        .string()
        .min(1)
        .max(1024 * 1024),
    }),
    z.object({ reply: z.unknown() }),
  ),
  /** Without `timeMs` the guest takes its own hardware clock's time. */
  'agent.setTime': command(
    onAgent.extend({ timeMs: z.number().int().nonnegative().max(MAX_TIME_MS).optional() }),
    nothing,
  ),
  /** How many were frozen: all, or those of `mountpoints`. Nothing in the guest writes until they are thawed. */
  'agent.fsFreeze': command(
    onAgent.extend({ mountpoints: z.array(z.string().min(1).max(4096)).max(1024).optional() }),
    count,
  ),
  /** Never waits behind other commands. */
  'agent.fsThaw': command(onAgent, count),
  /** Takes these processors into use, or out of it. */
  'agent.setVcpus': command(
    onAgent.extend({ ids: z.array(z.number().int().nonnegative().max(65_535)).min(1).max(4096), online: z.boolean() }),
    nothing,
  ),
  'agent.fsTrim': command(
    onAgent.extend({ minimumBytes: z.number().int().nonnegative().optional() }),
    z.object({ paths: z.array(guestTrimSchema) }),
  ),
  /** `crypted`: `password` is what crypt(3) made of it. */
  'agent.setPassword': command(
    onAgent.extend({ user, password: z.string().max(4096), crypted: z.boolean().optional() }),
    nothing,
  ),
  /** `keys` replace what is there, are added to it (`append`), or are taken out of it (`remove`). */
  'agent.setSshKeys': command(
    onAgent.extend({
      user,
      keys: z.array(publicKey).max(1024),
      append: z.boolean().optional(),
      remove: z.boolean().optional(),
    }),
    nothing,
  ),
  /** Runs a program in the guest and waits for its end, 30 s where `timeoutMs` says nothing else; it goes on where that is over. */
  'agent.exec': command(
    onAgent.extend({
      path: argument.min(1),
      args: z.array(argument).max(4096).optional(),
      /** 'NAME=value'; with none it has the agent's own. */
      env: z.array(argument).max(4096).optional(),
      input: z
        .string()
        .max(4 * 1024 * 1024)
        .optional(),
      /** false: what it writes is thrown away. */
      captureOutput: z.boolean().optional(),
      /** `input`, stdout and stderr are base64. */
      base64: z.boolean().optional(),
    }),
    guestExecSchema,
  ),

  /**
   * The guest's addresses. Without `source`: from the agent where one is connected, else from the ARP table. `note` says why there are none
   * where the source can't have any.
   */
  'domain.addresses': query(
    onAgent.extend({ source: z.enum(ADDRESS_SOURCES).optional() }),
    interfaces.extend({ source: z.enum(ADDRESS_SOURCES), note: z.string().optional() }),
  ),
} as const;

// What the guest agent tells, after it was checked: every text and number here was said by a guest, so none of it is to be trusted or believed to be
// more than a text or a number. Names are qemu-ga's (qga/qapi-schema.json) in camelCase.
import { z } from 'zod';

/**
 * absent: the machine has no channel for an agent. disconnected: nothing in the guest has it open. connected: something has, which is no proof that it
 * answers.
 */
export const AGENT_STATES = ['absent', 'disconnected', 'connected'] as const;
export type AgentState = (typeof AGENT_STATES)[number];

export const guestAddressSchema = z.object({
  type: z.enum(['ipv4', 'ipv6']),
  address: z.string(),
  prefix: z.number().int(),
});
export type GuestAddress = z.infer<typeof guestAddressSchema>;

export const guestInterfaceSchema = z.object({
  /** As the guest calls it; of sources that only know the MAC it is the host's device. */
  name: z.string(),
  mac: z.string().optional(),
  addresses: z.array(guestAddressSchema),
});
export type GuestInterface = z.infer<typeof guestInterfaceSchema>;

/** Where addresses come from: the agent, the host's ARP table, a DHCP server's leases. */
export const ADDRESS_SOURCES = ['agent', 'arp', 'lease'] as const;
export type AddressSource = (typeof ADDRESS_SOURCES)[number];

export const guestUserSchema = z.object({ user: z.string(), domain: z.string().optional(), loginTimeMs: z.number() });
export type GuestUser = z.infer<typeof guestUserSchema>;

export const guestFilesystemSchema = z.object({
  name: z.string(),
  mountpoint: z.string(),
  type: z.string(),
  totalBytes: z.number().optional(),
  usedBytes: z.number().optional(),
  disks: z.array(
    z.object({
      busType: z.string(),
      serial: z.string().optional(),
      /** The guest's device node. */
      device: z.string().optional(),
      /** The disk of the definition that it is, where its address tells: 'vda'. */
      target: z.string().optional(),
    }),
  ),
});
export type GuestFilesystem = z.infer<typeof guestFilesystemSchema>;

export const guestOsInfoSchema = z.object({
  id: z.string().optional(),
  name: z.string().optional(),
  prettyName: z.string().optional(),
  version: z.string().optional(),
  versionId: z.string().optional(),
  variant: z.string().optional(),
  variantId: z.string().optional(),
  kernelRelease: z.string().optional(),
  kernelVersion: z.string().optional(),
  machine: z.string().optional(),
});
export type GuestOsInfo = z.infer<typeof guestOsInfoSchema>;

export const guestTrimSchema = z.object({
  path: z.string(),
  trimmedBytes: z.number().optional(),
  minimumBytes: z.number().optional(),
  error: z.string().optional(),
});
export type GuestTrim = z.infer<typeof guestTrimSchema>;

export const guestExecSchema = z.object({
  /** Absent where a signal ended it. */
  exitCode: z.number().int().optional(),
  /** Linux: the signal's number; Windows: the exception's code. */
  signal: z.number().int().optional(),
  /** Text, or base64 where that was asked for. */
  stdout: z.string(),
  stderr: z.string(),
  /** The agent kept only the beginning of one of them. */
  truncated: z.boolean(),
});
export type GuestExec = z.infer<typeof guestExecSchema>;

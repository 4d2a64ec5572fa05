// What this host can do for guests: figures for the wizard, and the doctor's findings.
import { z } from 'zod';
import { ACCELERATORS } from './domain.ts';

export const CHECK_STATUSES = ['ok', 'warning', 'missing'] as const;

export const doctorCheckSchema = z.object({
  id: z.string(),
  title: z.string(),
  status: z.enum(CHECK_STATUSES),
  /** One sentence: what was found. */
  finding: z.string(),
  /** What this host can not do because of it. */
  consequence: z.string().optional(),
  /** What to do, in words; `command` is the same for a shell. */
  fix: z.string().optional(),
  command: z.string().optional(),
});
export type DoctorCheck = z.infer<typeof doctorCheckSchema>;

export const hostInfoSchema = z.object({
  hostName: z.string(),
  cpus: z.number().int(),
  cpuModel: z.string(),
  memoryKiB: z.number(),
  freeMemoryKiB: z.number(),
  imageDir: z.string(),
  freeImageBytes: z.number(),
  emulator: z.string().optional(),
  emulatorVersion: z.string().optional(),
  accelerator: z.enum(ACCELERATORS),
  /** Why it is tcg, for people. */
  acceleratorReason: z.string().optional(),
  hasUefi: z.boolean(),
  bridges: z.array(z.string()),
});
export type HostInfo = z.infer<typeof hostInfoSchema>;

export const SHELLS = ['electron', 'browser', 'background'] as const;
export const engineInfoSchema = z.object({
  pid: z.number().int(),
  version: z.string(),
  shell: z.enum(SHELLS),
  socket: z.string(),
  startedAt: z.number(),
  runningDomains: z.number().int(),
  /** Where console streams are served (ws://127.0.0.1:PORT/console), where the shell has such a server. */
  consoleUrl: z.string().optional(),
  /** What the engine did about guests it found at its start. */
  adoption: z.array(z.string()),
});
export type EngineInfo = z.infer<typeof engineInfoSchema>;

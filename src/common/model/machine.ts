// What the create wizard asks for. The engine turns it into images and a definition (driver/create/create-machine.ts); nobody else writes a machine's XML.
import { z } from 'zod';

/** Same rules as DESIGN.md's files: the name is also a file name. */
export const MAX_DOMAIN_NAME = 200;
/** Bytes of `text` as UTF-8: what a file name is measured in. */
const utf8Bytes = (text: string): number =>
  [...text].reduce((sum, sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return sum + (code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4);
  }, 0);

export const domainNameProblem = (name: string): string | undefined => {
  if (name.trim() === '') return 'A machine needs a name.';
  if (name !== name.trim()) return 'The name begins or ends with a blank; take it out.';
  if (name.includes('/')) return `The name '${name}' has a slash; use letters, digits, dots or dashes.`;
  if (name.startsWith('.')) return `The name '${name}' begins with a dot; begin it with a letter or digit.`;
  if (/\p{Cc}/u.test(name))
    return 'The name has a control character or line break; use letters, digits, dots or dashes.';
  if (utf8Bytes(name) > MAX_DOMAIN_NAME) return `The name is longer than ${MAX_DOMAIN_NAME} bytes; shorten it.`;
  return undefined;
};

export const DISK_FORMATS = ['qcow2', 'raw'] as const;
export const IMPORT_FORMATS = ['qcow2', 'raw', 'vmdk', 'vdi', 'vpc', 'vhdx'] as const;

export const machineSourceSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('iso'), path: z.string() }),
  z.object({ kind: z.literal('import'), path: z.string(), format: z.enum(IMPORT_FORMATS), copy: z.boolean() }),
  z.object({ kind: z.literal('network') }),
  z.object({
    kind: z.literal('kernel'),
    kernel: z.string(),
    initrd: z.string().optional(),
    cmdline: z.string().optional(),
  }),
  z.object({ kind: z.literal('demo') }),
]);
export type MachineSource = z.infer<typeof machineSourceSchema>;

export const machineSpecSchema = z.object({
  name: z.string(),
  source: machineSourceSchema,
  osId: z.string().optional(),
  memoryKiB: z.number().int().positive(),
  vcpus: z.number().int().positive(),
  disk: z.object({ sizeBytes: z.number().int().positive(), format: z.enum(DISK_FORMATS) }).optional(),
  firmware: z.enum(['bios', 'uefi']),
  network: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('user') }),
    z.object({ kind: z.literal('bridge'), bridge: z.string() }),
    z.object({ kind: z.literal('none') }),
  ]),
  start: z.boolean(),
});
export type MachineSpec = z.infer<typeof machineSpecSchema>;

export const machineDefaultsSchema = z.object({
  name: z.string(),
  memoryKiB: z.number().int(),
  vcpus: z.number().int(),
  diskBytes: z.number().int(),
  firmware: z.enum(['bios', 'uefi']),
  /** Where the figures come from: "recommended for Debian 12". */
  basis: z.string(),
  minimumMemoryKiB: z.number().optional(),
});
export type MachineDefaults = z.infer<typeof machineDefaultsSchema>;

export const osEntrySchema = z.object({
  id: z.string(),
  name: z.string(),
  family: z.string(),
  vendor: z.string(),
  version: z.string().optional(),
  isEndOfLife: z.boolean(),
  releaseDate: z.string().optional(),
});
export type OsSummary = z.infer<typeof osEntrySchema>;

export const mediaInfoSchema = z.object({
  path: z.string(),
  sizeBytes: z.number(),
  kind: z.string(),
  isBootable: z.boolean(),
  label: z.string().optional(),
  osId: z.string().optional(),
  osName: z.string().optional(),
  warning: z.string().optional(),
});
export type MediaInfo = z.infer<typeof mediaInfoSchema>;

export const fileEntrySchema = z.object({
  name: z.string(),
  path: z.string(),
  isDirectory: z.boolean(),
  sizeBytes: z.number(),
  modifiedAt: z.number(),
});
export type FileEntry = z.infer<typeof fileEntrySchema>;

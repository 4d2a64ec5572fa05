// One system of osinfo-db as its XML says it, before inheritance. The schema is the form of our own cache file as well.
import { z } from 'zod';

const text = z.string();

export const resourcesSchema = z.object({
  memoryKiB: z.number().int().nonnegative().optional(),
  cpus: z.number().int().nonnegative().optional(),
  storageBytes: z.number().int().nonnegative().optional(),
});

/** Regular expressions, matched without anchors; `volumeBytes` must be equal. */
export const isoPatternSchema = z.object({
  volumeId: text.optional(),
  systemId: text.optional(),
  publisherId: text.optional(),
  applicationId: text.optional(),
  volumeBytes: z.number().optional(),
});

export const osMediaSchema = z.object({
  arch: text,
  /** The media starts a whole system, which an installer may be part of. */
  isLive: z.boolean(),
  isInstaller: z.boolean(),
  /** Names such as 'Debian 11 (Network installer)', resolved from the variant. */
  variant: text.optional(),
  iso: isoPatternSchema,
});

export const osRecordSchema = z.object({
  id: text,
  shortIds: z.array(text),
  name: text.optional(),
  version: text.optional(),
  vendor: text.optional(),
  family: text.optional(),
  distro: text.optional(),
  codename: text.optional(),
  releaseStatus: text.optional(),
  releaseDate: text.optional(),
  eolDate: text.optional(),
  /** Ids of the systems that it takes after: <derives-from> and <clones>, nearest first. */
  parents: z.array(text),
  resources: z.array(z.object({ arch: text, minimum: resourcesSchema, recommended: resourcesSchema })),
  devices: z.array(z.object({ id: text, isSupported: z.boolean() })),
  firmwares: z.array(z.object({ arch: text, type: text, isSupported: z.boolean() })),
  media: z.array(osMediaSchema),
});

export type OsResources = z.infer<typeof resourcesSchema>;
export type IsoPattern = z.infer<typeof isoPatternSchema>;
export type OsMedia = z.infer<typeof osMediaSchema>;
export type OsRecord = z.infer<typeof osRecordSchema>;

// The UEFI firmwares that this host has, from the descriptors that their packages install (qemu: docs/interop/firmware.json), in the order that the
// specification gives: by file name, the person's own folder over /etc over /usr/share.
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { FirmwareDescriptor } from '../qemu/def/firmware-descriptor.ts';

const file = z.object({ filename: z.string(), format: z.string().optional() });
const descriptorSchema = z.looseObject({
  description: z.string().optional(),
  'interface-types': z.array(z.string()),
  mapping: z.looseObject({
    device: z.enum(['flash', 'kernel', 'memory']),
    mode: z.enum(['split', 'combined', 'stateless']).optional(),
    filename: z.string().optional(),
    executable: file.optional(),
    'nvram-template': file.optional(),
  }),
  targets: z.array(z.looseObject({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});

/** The file's form → the one that post-parse works with. */
function toDescriptor({ mapping, targets, features, ...rest }: z.infer<typeof descriptorSchema>): FirmwareDescriptor {
  const withFormat = (part: z.infer<typeof file> | undefined) =>
    part && { filename: part.filename, format: part.format ?? 'raw' };
  return {
    interfaceTypes: rest['interface-types'],
    mapping: {
      device: mapping.device,
      mode: mapping.mode,
      executable: withFormat(mapping.executable),
      nvramTemplate: withFormat(mapping['nvram-template']),
      filename: mapping.filename,
    },
    targets,
    features,
  };
}

const PLACES = ['/usr/share/qemu/firmware', '/etc/qemu/firmware', join(homedir(), '.config/qemu/firmware')];

/** UEFI descriptors whose files are in flash, best first. One that does not parse is left out: it is a package's fault, not the person's. */
export async function findFirmwares(places: readonly string[] = PLACES): Promise<readonly FirmwareDescriptor[]> {
  const byName = new Map<string, string>();
  for (const place of places) {
    const names = await readdir(place).catch(() => []); // most hosts lack most of these folders
    for (const name of names) if (name.endsWith('.json')) byName.set(name, join(place, name));
  }
  const found: FirmwareDescriptor[] = [];
  for (const name of [...byName.keys()].sort()) {
    const text = await readFile(byName.get(name) ?? '', 'utf8').catch(() => ''); // unreadable: as if absent
    const parsed = descriptorSchema.safeParse(text.trim() === '' ? undefined : parseJson(text));
    if (parsed.success && parsed.data['interface-types'].includes('uefi') && parsed.data.mapping.device === 'flash')
      found.push(toDescriptor(parsed.data));
  }
  return found;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an empty file masks one of the same name, says the specification; broken ones do here too
  }
}

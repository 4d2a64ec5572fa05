// QEMU's firmware descriptors (docs/interop/firmware.json), the files of /usr/share/qemu/firmware and /etc/qemu/firmware, as far as we read them.
import { z } from 'zod';

const file = z.object({ filename: z.string(), format: z.enum(['raw', 'qcow2']) });
export type FirmwareFile = z.infer<typeof file>;

const descriptor = z.object({
  'interface-types': z.array(z.string()),
  mapping: z.discriminatedUnion('device', [
    z.object({
      device: z.literal('flash'),
      mode: z.enum(['split', 'combined', 'stateless']).optional(),
      executable: file,
      'nvram-template': file.optional(),
    }),
    z.object({ device: z.literal('kernel'), filename: z.string() }),
    z.object({ device: z.literal('memory'), filename: z.string() }),
  ]),
  targets: z.array(z.object({ architecture: z.string(), machines: z.array(z.string()) })),
  features: z.array(z.string()),
});

export interface FirmwareMapping {
  readonly device: 'flash' | 'kernel' | 'memory';
  readonly mode?: 'split' | 'combined' | 'stateless' | undefined;
  readonly executable?: FirmwareFile | undefined;
  readonly nvramTemplate?: FirmwareFile | undefined;
  /** Of a kernel or memory mapping. */
  readonly filename?: string | undefined;
}

export interface FirmwareDescriptor {
  readonly interfaceTypes: readonly string[];
  readonly mapping: FirmwareMapping;
  readonly targets: readonly { readonly architecture: string; readonly machines: readonly string[] }[];
  readonly features: readonly string[];
}

/** A descriptor's JSON, parsed; undefined for one that we do not understand, which is to be passed over. */
export function readFirmwareDescriptor(json: unknown): FirmwareDescriptor | undefined {
  const parsed = descriptor.safeParse(json);
  if (!parsed.success) return undefined;
  const { mapping, targets, features } = parsed.data;
  return { interfaceTypes: parsed.data['interface-types'], mapping: readMapping(mapping), targets, features };
}

function readMapping(mapping: z.infer<typeof descriptor>['mapping']): FirmwareMapping {
  if (mapping.device !== 'flash') return mapping;
  return {
    device: 'flash',
    mode: mapping.mode ?? 'split',
    executable: mapping.executable,
    nvramTemplate: mapping['nvram-template'],
  };
}

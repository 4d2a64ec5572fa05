// Whatever a definition says: it is completed, and put on a command line, or it is refused with a reason. Never a fault of ours, never without end.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirError } from '../../../../../src/common/errors.ts';
import { type DevicesDef, type DomainDef, deviceFields, parseDomain } from '../../../../../src/engine/conf/domain.ts';
import { buildCommandLine } from '../../../../../src/engine/qemu/command/build.ts';
import { completeDomain } from '../../../../../src/engine/qemu/def/complete.ts';
import { prepareDomain } from '../../../../../src/engine/qemu/def/prepare.ts';
import { codecArbitrary } from '../../../../helpers/arbitrary.ts';
import { commandOptions, defineContext } from '../../../../helpers/define-context.ts';

const base = (machine: string): DomainDef =>
  parseDomain(
    `<domain type='kvm'><name>n</name><memory>1048576</memory><os><type arch='x86_64' machine='${machine}'>hvm</type></os><features><acpi/></features><devices><graphics type='spice' autoport='yes'/></devices></domain>`,
  ).def;

function buildWith(machine: string, kind: string, device: unknown): readonly string[] {
  const def = base(machine);
  const devices = {
    ...def.devices,
    [kind]: [...(def.devices[kind as 'disks'] as readonly unknown[]), device],
  } as DevicesDef;
  const context = defineContext();
  const live = prepareDomain(completeDomain({ ...def, devices }, context), {
    mode: 'live',
    id: 1,
    paths: { runtimeDir: '/r' },
  });
  return buildCommandLine(live, context.caps, commandOptions);
}

const kinds = Object.entries(deviceFields).flatMap(([kind, field]) =>
  field.at === 'list' ? [[kind, codecArbitrary(field.codec, field.name)] as const] : [],
);

describe('any device', () => {
  it.each(kinds)('of %s is built or refused', (kind, arbitrary) => {
    if (!arbitrary) throw new Error('nothing to generate');
    fc.assert(
      fc.property(arbitrary, fc.constantFrom('q35', 'pc'), (device, machine) => {
        try {
          for (const word of buildWith(machine, kind, device)) expect(typeof word).toBe('string');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(VirError);
        }
      }),
      { numRuns: 12 },
    );
  });
});

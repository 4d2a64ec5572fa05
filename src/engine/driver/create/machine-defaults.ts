// What the wizard fills in: a free name, and the memory, processors and disk that the system is recommended to have, within what the host can give.
// Rules: virt-manager's (osdict._OsResources): recommended, else twice the minimum, else plain defaults.
import { cpus, totalmem } from 'node:os';
import type { Input } from '../../../common/contract/procedures.ts';
import type { MachineDefaults } from '../../../common/model/machine.ts';
import type { DriverContext } from '../context.ts';

const MIB_KIB = 1024;
const GIB = 1024 ** 3;

interface Sizes {
  readonly memoryKiB: number;
  readonly vcpus: number;
  readonly diskBytes: number;
  readonly basis: string;
}

const PLAIN: Readonly<Record<Input<'machine.defaults'>['source']['kind'], Sizes>> = {
  iso: {
    memoryKiB: 2048 * MIB_KIB,
    vcpus: 2,
    diskBytes: 20 * GIB,
    basis: 'usual sizes for a system that was not recognised',
  },
  import: { memoryKiB: 2048 * MIB_KIB, vcpus: 2, diskBytes: 0, basis: 'usual sizes' },
  network: { memoryKiB: 2048 * MIB_KIB, vcpus: 2, diskBytes: 20 * GIB, basis: 'usual sizes' },
  kernel: { memoryKiB: 1024 * MIB_KIB, vcpus: 1, diskBytes: 0, basis: 'usual sizes for a kernel' },
  demo: { memoryKiB: 256 * MIB_KIB, vcpus: 1, diskBytes: 0, basis: 'what the demo guest needs' },
};

/** 'debian12' → 'debian12', then 'debian12-2', …: the first that no domain has. */
function freeName(context: DriverContext, base: string): string {
  if (!context.list.byName(base)) return base;
  for (let number = 2; ; number += 1) if (!context.list.byName(`${base}-${number}`)) return `${base}-${number}`;
}

export async function machineDefaults(
  context: DriverContext,
  { source, osId }: Input<'machine.defaults'>,
): Promise<MachineDefaults> {
  const system = osId === undefined ? undefined : await context.systems.find(osId);
  const plain = PLAIN[source.kind];
  const { recommended, minimum } = system ?? {};
  const memory = recommended?.memoryKiB ?? (minimum?.memoryKiB === undefined ? undefined : minimum.memoryKiB * 2);
  // Never more than half the host: the person can go higher, and is told what was recommended.
  const memoryKiB = Math.min(
    Math.max(memory ?? 0, system ? 1024 * MIB_KIB : plain.memoryKiB),
    Math.floor(totalmem() / 2 / 1024),
  );
  const wantsUefi = system?.supports.uefi === true && system.supports.bios === false;
  return {
    name: freeName(context, source.kind === 'demo' ? 'demo' : (system?.shortId ?? 'machine')),
    memoryKiB,
    vcpus: Math.max(1, Math.min(recommended?.cpus ?? plain.vcpus, cpus().length)),
    diskBytes:
      recommended?.storageBytes ??
      (minimum?.storageBytes === undefined ? plain.diskBytes : Math.max(plain.diskBytes, minimum.storageBytes)),
    firmware: wantsUefi || system?.family === 'winnt' ? 'uefi' : 'bios',
    basis: recommended?.memoryKiB
      ? `recommended for ${system?.name}`
      : system
        ? `usual sizes for ${system.name}`
        : plain.basis,
    ...(minimum?.memoryKiB ? { minimumMemoryKiB: minimum.memoryKiB } : {}),
  };
}

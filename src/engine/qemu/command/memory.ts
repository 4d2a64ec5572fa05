// Memory: -m and what it is made of, and memory devices (libvirt: qemuBuildMemCommandLine, qemuBuildMemoryDeviceCommandLine).
import type { DomainDef } from '../../conf/domain.ts';
import type { MemoryDeviceDef } from '../../conf/small-devices.ts';
import { findMachine } from '../def/capabilities.ts';
import { initialMemoryKiB } from '../def/domain-defaults.ts';
import { machineOf } from '../def/machine.ts';
import {
  addressProps,
  aliasOf,
  type CommandContext,
  deviceArgs,
  objectArgs,
  type Props,
  unsupported,
} from './context.ts';
import { alignKiB, cellsOf, MIB, memoryBackend, threadContext } from './memory-backend.ts';

/** Memory at boot, each cell aligned by itself. */
function bootMemoryKiB(def: DomainDef): number {
  const cells = cellsOf(def);
  return cells.length > 0
    ? cells.reduce((sum, cell) => sum + alignKiB(cell.memory ?? 0), 0)
    : alignKiB(initialMemoryKiB(def));
}

/** The id of the back end that the machine's memory is, where it is one. */
export function memoryBackendId({ def, caps, has }: CommandContext): string | undefined {
  if (cellsOf(def).length > 0 || !has('MACHINE_MEMORY_BACKEND')) return undefined;
  return findMachine(caps, machineOf(def))?.defaultRamId ?? 'pc.ram';
}

export function buildMemory(context: CommandContext): readonly string[] {
  const { def } = context;
  const parts = [`size=${bootMemoryKiB(def)}k`];
  if (def.maxMemory) {
    if (def.maxMemory.slots) parts.push(`slots=${def.maxMemory.slots}`);
    parts.push(`maxmem=${alignKiB(def.maxMemory.kib)}k`);
  }
  const id = memoryBackendId(context);
  const args = ['-m', parts.join(',')];
  if (id === undefined) return args;
  const backend = memoryBackend(context, { id, sizeKiB: alignKiB(initialMemoryKiB(def)), cell: -1, isMain: true });
  return [...args, ...threadContext(backend), ...objectArgs(backend)];
}

export function buildMemoryDevices(context: CommandContext): readonly string[] {
  const args: string[] = [];
  for (const memory of context.def.devices.memories) {
    const alias = aliasOf(memory);
    const backend = memoryBackend(context, {
      id: `mem${alias}`,
      sizeKiB: memorySize(memory),
      cell: memory.target?.node ?? -1,
      device: memory,
    });
    args.push(...threadContext(backend), ...objectArgs(backend), ...deviceArgs(context, memoryDevice(context, memory)));
  }
  return args;
}

/** A module is a whole number of the guest's huge pages (qemuDomainGetMemoryModuleSizeAlignment). */
const memorySize = (memory: MemoryDeviceDef): number => Math.ceil((memory.target?.size ?? 0) / (2 * MIB)) * 2 * MIB;

function memoryDevice(context: CommandContext, memory: MemoryDeviceDef): Props {
  const alias = aliasOf(memory);
  const target = memory.target;
  const dimm = memory.address?.type === 'dimm' ? memory.address : undefined;
  const base = { memdev: `mem${alias}`, id: alias };
  switch (memory.model) {
    case 'dimm':
      return {
        driver: 'pc-dimm',
        node: target?.node,
        ...base,
        slot: dimm?.slot,
        addr: dimm?.base === undefined ? undefined : Number(dimm.base),
      };
    case 'nvdimm':
      return {
        driver: 'nvdimm',
        node: target?.node,
        'label-size': target?.label?.size === undefined ? undefined : target.label.size * 1024,
        uuid: memory.uuid,
        unarmed: target?.readonly ? true : undefined,
        ...base,
        slot: dimm?.slot,
        addr: dimm?.base === undefined ? undefined : Number(dimm.base),
      };
    case 'virtio-pmem':
      return {
        driver: 'virtio-pmem-pci',
        ...base,
        memaddr: target?.address?.base === undefined ? undefined : Number(target.address.base),
        ...addressProps(context, memory),
      };
    case 'virtio-mem':
      return {
        driver: 'virtio-mem-pci',
        node: target?.node,
        'block-size': (target?.block ?? 0) * 1024,
        'requested-size': (target?.requested ?? 0) * 1024,
        'dynamic-memslots': target?.dynamicMemslots,
        prealloc:
          context.def.memoryBacking?.hugepages ||
          context.def.memoryBacking?.allocation?.mode === 'immediate' ||
          memory.source?.pagesize
            ? true
            : undefined,
        ...base,
        memaddr: target?.address?.base === undefined ? undefined : Number(target.address.base),
        ...addressProps(context, memory),
      };
    default:
      throw unsupported(`memory device of model '${memory.model}' is not supported`);
  }
}

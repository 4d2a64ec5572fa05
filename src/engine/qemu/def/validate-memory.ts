// Rules about memory, guest NUMA and its binding to the host's (libvirt: virDomainDefNumaValidate…, qemuDomainDefValidateMemoryHotplug).

import { virError } from '../../../common/errors.ts';
import { bitmapMembers } from '../../conf/bitmap.ts';
import type { DomainDef } from '../../conf/domain.ts';
import type { MemoryDeviceDef } from '../../conf/small-devices.ts';
import type { PostParseContext } from './context.ts';

const unsupported = (message: string) => virError('CONFIG_UNSUPPORTED', message);

export function validateMemory(def: DomainDef, { host }: PostParseContext): void {
  checkCells(def);
  checkHostNodes(def, host?.numaNodes);
  checkNumatune(def);
  checkHugepages(def);
  checkMemoryDevices(def);
}

function checkCells(def: DomainDef): void {
  const cells = def.cpu?.numa?.cells ?? [];
  for (const [at, cell] of cells.entries()) {
    if (cell.id !== at)
      throw virError(
        'XML_ERROR',
        "Exactly one 'cell' element per guest NUMA cell allowed, non-contiguous ranges or ranges not starting from 0 are not allowed",
      );
    if (!Number.isSafeInteger(((cell.memory ?? 0) + 1024) * 1024))
      throw unsupported(`memory size of NUMA node '${at}' overflowed after alignment`);
  }
  const seen = new Set<number>();
  for (const cpu of cells.flatMap((cell) => bitmapMembers(cell.cpus))) {
    if (seen.has(cpu)) throw unsupported('NUMA cells have overlapping vCPU ids');
    seen.add(cpu);
  }
}

function checkNumatune(def: DomainDef): void {
  const { memory, memnodes } = def.numatune ?? { memory: undefined, memnodes: [] };
  for (const set of [memory?.nodeset, ...memnodes.map(({ nodeset }) => nodeset)])
    if (set === '') throw unsupported("Invalid value of 'nodeset': it has no node");
  if (memory?.placement === 'static' && memory.nodeset === undefined)
    throw unsupported("nodeset for NUMA memory tuning must be set if 'placement' is 'static'");
  if (memnodes.length > 0 && memory?.placement === 'auto')
    throw unsupported('Per-node binding is not compatible with automatic NUMA placement.');
  for (const memnode of memnodes) {
    if (memory && (memory.mode === 'restrictive') !== (memnode.mode === 'restrictive'))
      throw virError(
        'XML_ERROR',
        "'restrictive' mode is required in memnode element when mode is 'restrictive' in memory element",
      );
  }
}

function checkHostNodes(def: DomainDef, nodes: number | undefined): void {
  if (nodes === undefined) return;
  const { memory, memnodes } = def.numatune ?? { memory: undefined, memnodes: [] };
  const wanted = [memory?.nodeset, ...memnodes.map(({ nodeset }) => nodeset)].flatMap(bitmapMembers);
  const missing = wanted.find((node) => node >= nodes);
  if (missing !== undefined) throw unsupported(`NUMA node ${missing} is unavailable`);
}

function checkHugepages(def: DomainDef): void {
  const cells = def.cpu?.numa?.cells.length ?? 0;
  for (const page of def.memoryBacking?.hugepages?.pages ?? []) {
    const missing = bitmapMembers(page.nodeset).find((node) => node >= Math.max(cells, 1));
    if (missing !== undefined) throw unsupported(`hugepages: node ${missing} not found`);
  }
}

function checkMemoryDevices(def: DomainDef): void {
  const cells = def.cpu?.numa?.cells.length ?? 0;
  const { memories } = def.devices;
  if (def.maxMemory?.slots && cells === 0)
    throw unsupported('At least one numa node has to be configured when enabling memory hotplug');
  if (memories.length > 0 && !def.maxMemory)
    throw unsupported("cannot use/hotplug a memory device when domain 'maxMemory' is not defined");
  for (const memory of memories) {
    const node = memory.target?.node;
    if (node !== undefined && node >= cells)
      throw unsupported(
        `can't add memory backend for guest node '${node}' as the guest has only '${cells}' NUMA nodes configured`,
      );
  }
  for (const memory of memories) if (memory.model === 'virtio-mem') checkVirtioMem(memory);
  checkSlots(def);
  checkOverlaps(memories);
}

const isPowerOfTwo = (value: number): boolean => value > 0 && Number.isInteger(Math.log2(value));

function checkVirtioMem({ target }: MemoryDeviceDef): void {
  const { block = 0, requested = 0, size = 0 } = target ?? {};
  if (!isPowerOfTwo(block)) throw unsupported('block size must be a power of two');
  if (requested % block !== 0) throw unsupported('requested size must be an integer multiple of block size');
  if (requested > size) throw unsupported('requested size must be smaller than or equal to @size');
}

function checkSlots(def: DomainDef): void {
  const slots = def.maxMemory?.slots ?? 0;
  const used = new Set<number>();
  for (const { address } of def.devices.memories) {
    if (address?.type !== 'dimm' || address.slot === undefined) continue;
    if (address.slot >= slots)
      throw unsupported(`memory slot number '${address.slot}' exceeds maximum number of slots '${slots}'`);
    if (used.has(address.slot))
      throw unsupported(`memory device slot '${address.slot}' is already being used by another memory device`);
    used.add(address.slot);
  }
}

const baseOf = (memory: MemoryDeviceDef): number | undefined => {
  const base = memory.target?.address?.base ?? (memory.address?.type === 'dimm' ? memory.address.base : undefined);
  return base === undefined ? undefined : Number(base);
};

const MODULE_ALIGN = 2 * 1024 * 1024;

/** What a module takes of the guest's memory: the label area of an NVDIMM is no part of it. */
function mappedBytes({ target }: MemoryDeviceDef): number {
  const size = (target?.size ?? 0) * 1024;
  const label = (target?.label?.size ?? 0) * 1024;
  return label === 0 ? size : Math.floor((size - label) / MODULE_ALIGN) * MODULE_ALIGN;
}

function checkOverlaps(memories: readonly MemoryDeviceDef[]): void {
  const placed = memories.flatMap((memory) => {
    const start = baseOf(memory);
    return start === undefined ? [] : [{ start, end: start + mappedBytes(memory) }];
  });
  placed.sort((a, b) => a.start - b.start);
  for (const [at, range] of placed.entries()) {
    const next = placed[at + 1];
    if (next && next.start < range.end)
      throw unsupported(
        `memory device address [0x${range.start.toString(16)}:0x${range.end.toString(16)}] overlaps with other memory device (0x${next.start.toString(16)})`,
      );
  }
}

// Memory: -m, its back ends, guest NUMA, memory devices (libvirt: qemuBuildMemCommandLine, qemuBuildMemoryBackendProps, qemuBuildNumaCommandLine).

import { virError } from '../../../common/errors.ts';
import { bitmapMembers, formatBitmap } from '../../conf/bitmap.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { scaleTo } from '../../conf/scalar.ts';
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

const MIB = 1024;

/** QEMU wants whole MiB. */
export const alignKiB = (kib: number): number => Math.ceil(kib / MIB) * MIB;

const cellsOf = (def: DomainDef) => def.cpu?.numa?.cells ?? [];

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

interface BackendRequest {
  readonly id: string;
  readonly sizeKiB: number;
  /** Guest NUMA cell, or -1. */
  readonly cell: number;
  readonly isMain?: boolean;
  readonly device?: MemoryDeviceDef | undefined;
}

/** Size of the huge pages that cell `cell` shall have, or undefined for none. */
function hugepageKiB({ def, options }: CommandContext, cell: number): number | undefined {
  const hugepages = def.memoryBacking?.hugepages;
  if (!hugepages) return undefined;
  const pages = hugepages.pages;
  const fitting =
    pages.find((page) => page.nodeset !== undefined && cell >= 0 && bitmapMembers(page.nodeset).includes(cell)) ??
    pages.find((page) => page.nodeset === undefined);
  if (pages.length > 0 && !fitting) return undefined;
  if (fitting?.size === undefined) return options.defaultHugepageKiB;
  return scaleTo(String(fitting.size), fitting.unit ?? 'KiB', 'KiB');
}

function hostNodes({ def, options }: CommandContext, cell: number, device: MemoryDeviceDef | undefined): Props {
  const memnode = def.numatune?.memnodes.find(({ cellid }) => cellid === cell);
  const memory = def.numatune?.memory;
  const mode = memnode?.mode ?? memory?.mode ?? 'strict';
  const nodeset =
    device?.source?.nodemask ?? memnode?.nodeset ?? (memory?.placement === 'auto' ? options.autoNodeset : memory?.nodeset);
  if (nodeset === undefined || mode === 'restrictive') return {};
  const policies: Readonly<Record<string, string>> = {
    strict: 'bind',
    preferred: 'preferred',
    interleave: 'interleave',
  };
  return { 'host-nodes': bitmapMembers(nodeset), policy: policies[mode] ?? 'bind' };
}

function memoryBackend(context: CommandContext, request: BackendRequest): Props {
  const { def, options } = context;
  const backing = def.memoryBacking;
  const { device } = request;
  const cell = cellsOf(def).find(({ id }) => id === request.cell);
  const isShared = device?.access ?? cell?.memAccess ?? backing?.access?.mode;
  const share = isShared === undefined ? undefined : isShared === 'shared';
  const pages = device?.source?.pagesize ?? hugepageKiB(context, request.cell);
  const isHuge = pages !== undefined && pages !== 4;
  const prealloc = backing?.allocation?.mode === 'immediate' || (isHuge && device?.model !== 'virtio-mem') || undefined;
  const threads = prealloc && backing?.allocation?.threads ? backing.allocation.threads : undefined;
  const reserve = device?.model === 'virtio-mem' ? false : undefined;
  const common = {
    id: request.id,
    share,
    prealloc: prealloc && device?.model !== 'virtio-mem' ? true : undefined,
    'prealloc-threads': threads,
    reserve,
    size: request.sizeKiB * 1024,
    ...hostNodes(context, request.cell, device),
  };
  const dump = def.memory?.dumpCore;
  if (device?.source?.path !== undefined) return fileBackend(device, common);
  if (backing?.source?.type === 'memfd')
    return withPreallocContext(context, {
      'qom-type': 'memory-backend-memfd',
      ...(isHuge && { hugetlb: true, hugetlbsize: pages * 1024 }),
      ...compat(context, request),
      ...common,
      share: share ?? undefined,
      dump: undefined,
    });
  if (isHuge) {
    const dir = options.hugepageDir?.(pages);
    if (dir === undefined) throw virError('CONFIG_UNSUPPORTED', `hugetlbfs is not mounted for pages of ${pages} KiB`);
    return withPreallocContext(context, {
      'qom-type': 'memory-backend-file',
      'mem-path': dir,
      ...compat(context, request),
      ...common,
    });
  }
  if (backing?.source?.type === 'file' || share !== undefined) {
    const dir = options.memoryDir ?? options.libDir;
    const path = device ? `${dir}/${request.id}` : `${dir}/${request.id}`;
    return {
      'qom-type': 'memory-backend-file',
      'mem-path': path,
      ...compat(context, request),
      ...discardProps(def, cell),
      ...common,
    };
  }
  return withPreallocContext(context, {
    'qom-type': 'memory-backend-ram',
    ...common,
    dump: dump === undefined ? undefined : undefined,
  });
}

/** The main memory of a guest keeps the name that a migration knows it by. */
const compat = ({ has }: CommandContext, { isMain }: BackendRequest): Props =>
  isMain && has('X_USE_CANONICAL_PATH_FOR_RAMBLOCK_ID') ? { 'x-use-canonical-path-for-ramblock-id': false } : {};

const discardProps = (def: DomainDef, cell: ReturnType<typeof cellsOf>[number] | undefined): Props => {
  const discard = cell?.discard ?? def.memoryBacking?.discard;
  return discard === undefined ? {} : { 'discard-data': discard };
};

function fileBackend(device: MemoryDeviceDef, common: Props): Props {
  const source = device.source;
  return {
    'qom-type': 'memory-backend-file',
    'mem-path': source?.path,
    align: source?.alignsize === undefined ? undefined : source.alignsize * 1024,
    pmem: source?.pmem ? true : undefined,
    ...common,
    // An NVDIMM's file is there in full before the guest sees it, unless it is persistent memory itself.
    prealloc: device.model !== 'nvdimm' || source?.pmem ? common.prealloc : true,
  };
}

/** Preallocation on the host nodes that the memory is bound to needs threads that run there. */
const withPreallocContext = ({ def, has }: CommandContext, backend: Props): Props =>
  (def.memoryBacking?.hugepages || def.memoryBacking?.allocation?.mode === 'immediate') &&
  backend.prealloc && backend['host-nodes'] && has('MEMORY_BACKEND_PREALLOC_CONTEXT') && has('THREAD_CONTEXT')
    ? { ...backend, 'prealloc-context': `tc-${String(backend.id)}` }
    : backend;

const threadContext = (backend: Props): readonly string[] =>
  backend['prealloc-context']
    ? objectArgs({
        'qom-type': 'thread-context',
        id: backend['prealloc-context'],
        'node-affinity': backend['host-nodes'],
      })
    : [];

const cpuRanges = (cpus: string | undefined): readonly string[] =>
  cpus
    ? formatBitmap(bitmapMembers(cpus))
        .split(',')
        .map((range) => `cpus=${range}`)
    : [];

export function buildNuma(context: CommandContext): readonly string[] {
  const { def } = context;
  const cells = cellsOf(def);
  const args: string[] = [];
  const hmat = Boolean(def.cpu?.numa?.interconnects) || cells.some((cell) => cell.caches.length > 0);
  for (const cell of cells) {
    const id = `ram-node${cell.id}`;
    const backend = memoryBackend(context, { id, sizeKiB: alignKiB(cell.memory ?? 0), cell: cell.id ?? 0 });
    if (cell.memory) args.push(...threadContext(backend), ...objectArgs(backend));
    const parts = ['node', `nodeid=${cell.id}`, ...cpuRanges(cell.cpus)];
    if (hmat) parts.push(`initiator=${initiatorOf(def, cell)}`);
    if (cell.memory) parts.push(`memdev=${id}`);
    args.push('-numa', parts.join(','));
  }
  for (const cell of cells)
    for (const sibling of cell.distances?.siblings ?? [])
      args.push('-numa', `dist,src=${cell.id},dst=${sibling.id},val=${sibling.value}`);
  return hmat ? [...args, ...buildHmat(def)] : args;
}

/** A cell without processors is reached from the one whose latency to it is lowest. */
function initiatorOf(def: DomainDef, cell: ReturnType<typeof cellsOf>[number]): number {
  if (cell.cpus) return cell.id ?? 0;
  const latencies =
    def.cpu?.numa?.interconnects?.latencies.filter(({ target, cache }) => target === cell.id && !cache) ?? [];
  const best = [...latencies].sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
  return best?.initiator ?? cellsOf(def).find(({ cpus }) => cpus)?.id ?? 0;
}

const HIERARCHIES = ['memory', 'first-level', 'second-level', 'third-level'];

function buildHmat(def: DomainDef): readonly string[] {
  const args: string[] = [];
  const { latencies = [], bandwidths = [] } = def.cpu?.numa?.interconnects ?? {};
  const line = (of: (typeof latencies)[number], kind: 'latency' | 'bandwidth', value: string): void => {
    args.push(
      '-numa',
      `hmat-lb,initiator=${of.initiator},target=${of.target},hierarchy=${HIERARCHIES[of.cache ?? 0]},data-type=${of.type}-${kind},${kind}=${value}`,
    );
  };
  for (const latency of latencies) line(latency, 'latency', String(latency.value));
  for (const width of bandwidths)
    line(width, 'bandwidth', `${scaleTo(String(width.value ?? 0), width.unit ?? 'KiB', 'KiB')}K`);
  for (const cell of cellsOf(def)) {
    for (const cache of cell.caches) {
      const policies: Readonly<Record<string, string>> = { writeback: 'write-back', writethrough: 'write-through' };
      const associativities: Readonly<Record<string, string>> = { full: 'complex' };
      const size = scaleTo(String(cache.size?.value ?? 0), cache.size?.unit ?? 'KiB', 'KiB');
      const bytes = scaleTo(String(cache.line?.value ?? 0), cache.line?.unit ?? 'KiB', 'B');
      const associativity = associativities[cache.associativity ?? ''] ?? cache.associativity ?? 'none';
      args.push(
        '-numa',
        `hmat-cache,node-id=${cell.id},size=${size}K,level=${cache.level},associativity=${associativity},policy=${policies[cache.policy ?? ''] ?? cache.policy ?? 'none'},line=${bytes}`,
      );
    }
  }
  return args;
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

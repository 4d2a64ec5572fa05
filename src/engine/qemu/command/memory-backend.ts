// Memory back ends: RAM, huge pages, files, memfd, bound to nodes of the host (libvirt: qemuBuildMemoryBackendProps).
import { virError } from '../../../common/errors.ts';
import { bitmapMembers } from '../../conf/bitmap.ts';
import type { NumaCellDef } from '../../conf/cpu.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { scaleTo } from '../../conf/scalar.ts';
import type { MemoryDeviceDef } from '../../conf/small-devices.ts';
import { type CommandContext, objectArgs, type Props } from './context.ts';

export const MIB = 1024;

/** QEMU wants whole MiB. */
export const alignKiB = (kib: number): number => Math.ceil(kib / MIB) * MIB;

export const cellsOf = (def: DomainDef): readonly NumaCellDef[] => def.cpu?.numa?.cells ?? [];

export interface BackendRequest {
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
    device?.source?.nodemask ??
    memnode?.nodeset ??
    (memory?.placement === 'auto' ? options.autoNodeset : memory?.nodeset);
  if (nodeset === undefined || mode === 'restrictive') return {};
  const policies: Readonly<Record<string, string>> = {
    strict: 'bind',
    preferred: 'preferred',
    interleave: 'interleave',
  };
  return { 'host-nodes': bitmapMembers(nodeset), policy: policies[mode] ?? 'bind' };
}

export function memoryBackend(context: CommandContext, request: BackendRequest): Props {
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

const discardProps = (def: DomainDef, cell: NumaCellDef | undefined): Props => {
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
  backend.prealloc &&
  backend['host-nodes'] &&
  has('MEMORY_BACKEND_PREALLOC_CONTEXT') &&
  has('THREAD_CONTEXT')
    ? { ...backend, 'prealloc-context': `tc-${String(backend.id)}` }
    : backend;

export const threadContext = (backend: Props): readonly string[] =>
  backend['prealloc-context']
    ? objectArgs({
        'qom-type': 'thread-context',
        id: backend['prealloc-context'],
        'node-affinity': backend['host-nodes'],
      })
    : [];

// Guest NUMA: cells, distances, and the heterogeneous memory attribute table (libvirt: qemuBuildNumaCommandLine).
import { bitmapMembers, formatBitmap } from '../../conf/bitmap.ts';
import type { NumaCellDef } from '../../conf/cpu.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { scaleTo } from '../../conf/scalar.ts';
import { type CommandContext, objectArgs } from './context.ts';
import { alignKiB, cellsOf, memoryBackend, threadContext } from './memory-backend.ts';

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
function initiatorOf(def: DomainDef, cell: NumaCellDef): number {
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

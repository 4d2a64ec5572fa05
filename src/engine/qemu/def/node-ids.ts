// The numbers of block nodes: 'libvirt-N-storage', 'libvirt-N-format'. At a start they are counted from the last disk to the first; from then on the live
// definition keeps them (<source index='N'>, as libvirt shows them), because a disk that comes or goes must not renumber the others.
import type { BackingStoreDef, DiskDef } from '../../conf/disk.ts';
import type { DomainDef } from '../../conf/domain.ts';
import { withDevices } from './devices.ts';

export interface DiskNodes {
  /** Node ids of the chain, top first. */
  readonly ids: readonly number[];
  readonly filterIds: readonly number[];
}

export interface NodeIds {
  readonly disks: readonly DiskNodes[];
  /** The first id that no disk took. */
  readonly next: number;
}

/** The recorded numbers of a chain, top first; undefined for a layer that has none yet. */
function recordedIds({ source, backingStore }: DiskDef): (number | undefined)[] {
  const ids = [source?.index];
  for (let store = backingStore; store?.source; store = store.backingStore) ids.push(store.index ?? store.source.index);
  return ids;
}

/** Of what a disk is being copied to. Of a commit it is a layer of the disk itself. */
const mirrorIds = ({ mirror }: DiskDef): readonly number[] => {
  const index = mirror?.source?.index;
  return index === undefined ? [] : [index];
};

/** Which node ids every disk's chain gets: those that it has, else numbers behind the highest. */
export function assignNodeIds(def: DomainDef): NodeIds {
  const recorded = def.devices.disks.map(recordedIds);
  let next = Math.max(0, ...recorded.flat().map((id) => id ?? 0), ...def.devices.disks.flatMap(mirrorIds)) + 1;
  const take = (count: number): readonly number[] => Array.from({ length: count }, () => next++);
  const disks: DiskNodes[] = [];
  for (const [at, disk] of [...def.devices.disks.entries()].reverse()) {
    const ids = disk.type === 'vhostuser' ? [] : (recorded[at] ?? []).map((id) => id ?? next++);
    disks.unshift({ ids, filterIds: take(disk.throttleFilters?.filters.length ?? 0) });
  }
  return { disks, next };
}

/** The numbers that a live definition's disks have. */
export const nodeNumbers = (def: DomainDef): ReadonlySet<number> =>
  new Set(
    def.devices.disks.flatMap((disk) => [...recordedIds(disk), ...mirrorIds(disk)]).filter((id) => id !== undefined),
  );

function pinStore(store: BackingStoreDef | undefined, ids: readonly number[]): BackingStoreDef | undefined {
  const [id, ...below] = ids;
  if (!store?.source || id === undefined) return store;
  return { ...store, index: id, backingStore: pinStore(store.backingStore, below) };
}

/** Writes the numbers into the live definition. Those that are there stay. */
export function pinNodeIds(def: DomainDef): DomainDef {
  if (def.devices.disks.every((disk) => !disk.source || recordedIds(disk).every((id) => id !== undefined))) return def;
  const nodes = assignNodeIds(def).disks;
  const disks = def.devices.disks.map((disk, at): DiskDef => {
    const [id, ...below] = nodes[at]?.ids ?? [];
    if (!disk.source || id === undefined) return disk;
    return {
      ...disk,
      source: { ...disk.source, index: id },
      backingStore: pinStore(disk.backingStore, below),
    };
  });
  return withDevices(def, { disks });
}
